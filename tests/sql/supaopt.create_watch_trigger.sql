-- supaopt.create_watch_trigger
begin;
select no_plan();

select has_function('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]']);
select function_returns('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'void');
select volatility_is('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'volatile');
select isnt_definer('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]']);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
