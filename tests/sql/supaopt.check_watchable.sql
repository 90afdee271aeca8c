-- supaopt.check_watchable
begin;
select no_plan();

select has_function('supaopt', 'check_watchable', array['regclass', 'text[]']);
select function_returns('supaopt', 'check_watchable', array['regclass', 'text[]'], 'void');
select volatility_is('supaopt', 'check_watchable', array['regclass', 'text[]'], 'stable');
select isnt_definer('supaopt', 'check_watchable', array['regclass', 'text[]']);
select function_privs_are('supaopt', 'check_watchable', array['regclass', 'text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'check_watchable', array['regclass', 'text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'check_watchable', array['regclass', 'text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'check_watchable', array['regclass', 'text[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
