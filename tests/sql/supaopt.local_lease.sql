-- supaopt.local_lease
begin;
select no_plan();

select has_function('supaopt', 'local_lease', array[]::text[]);
select function_returns('supaopt', 'local_lease', array[]::text[], 'pg_snapshot');
select volatility_is('supaopt', 'local_lease', array[]::text[], 'stable');
select isnt_definer('supaopt', 'local_lease', array[]::text[]);
select function_privs_are('supaopt', 'local_lease', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'local_lease', array[]::text[], 'authenticated', array['EXECUTE']);
select function_privs_are('supaopt', 'local_lease', array[]::text[], 'service_role', array['EXECUTE']);
select function_privs_are('supaopt', 'local_lease', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
