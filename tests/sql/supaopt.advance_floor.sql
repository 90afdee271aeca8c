-- supaopt.advance_floor
begin;
select no_plan();

select has_function('supaopt', 'advance_floor', array[]::text[]);
select function_returns('supaopt', 'advance_floor', array[]::text[], 'void');
select volatility_is('supaopt', 'advance_floor', array[]::text[], 'volatile');
select isnt_definer('supaopt', 'advance_floor', array[]::text[]);
select function_privs_are('supaopt', 'advance_floor', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'advance_floor', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'advance_floor', array[]::text[], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'advance_floor', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
