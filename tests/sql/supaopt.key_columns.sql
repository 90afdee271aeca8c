-- supaopt.key_columns
begin;
select no_plan();

select has_function('supaopt', 'key_columns', array['regclass']);
select function_returns('supaopt', 'key_columns', array['regclass'], 'text[]');
select volatility_is('supaopt', 'key_columns', array['regclass'], 'stable');
select isnt_definer('supaopt', 'key_columns', array['regclass']);
select function_privs_are('supaopt', 'key_columns', array['regclass'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'key_columns', array['regclass'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'key_columns', array['regclass'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'key_columns', array['regclass'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
