-- supaopt.column_signatures
begin;
select no_plan();

select has_function('supaopt', 'column_signatures', array['regclass', 'text[]']);
select function_returns('supaopt', 'column_signatures', array['regclass', 'text[]'], 'text');
select volatility_is('supaopt', 'column_signatures', array['regclass', 'text[]'], 'stable');
select isnt_definer('supaopt', 'column_signatures', array['regclass', 'text[]']);
select function_privs_are('supaopt', 'column_signatures', array['regclass', 'text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'column_signatures', array['regclass', 'text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'column_signatures', array['regclass', 'text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'column_signatures', array['regclass', 'text[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
