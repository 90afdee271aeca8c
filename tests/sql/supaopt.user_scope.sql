-- supaopt.user_scope
begin;
select no_plan();

select has_function('supaopt', 'user_scope', array[]::text[]);
select function_returns('supaopt', 'user_scope', array[]::text[], 'text');
select volatility_is('supaopt', 'user_scope', array[]::text[], 'stable');
select isnt_definer('supaopt', 'user_scope', array[]::text[]);
select function_privs_are('supaopt', 'user_scope', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'user_scope', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'user_scope', array[]::text[], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'user_scope', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
