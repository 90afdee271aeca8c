-- supaopt.is_killed
begin;
select no_plan();

select has_function('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot']);
select function_returns('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot'], 'boolean');
select volatility_is('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot'], 'stable');
select isnt_definer('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot']);
select function_privs_are('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'is_killed', array['bigint[]', 'pg_snapshot'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
