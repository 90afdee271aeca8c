-- supaopt.generation
begin;
select no_plan();

select has_function('supaopt', 'generation', array[]::text[]);
select function_returns('supaopt', 'generation', array[]::text[], 'text');
select volatility_is('supaopt', 'generation', array[]::text[], 'stable');
select isnt_definer('supaopt', 'generation', array[]::text[]);
select function_privs_are('supaopt', 'generation', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'generation', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'generation', array[]::text[], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'generation', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
