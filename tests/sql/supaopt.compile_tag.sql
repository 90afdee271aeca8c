-- supaopt.compile_tag
begin;
select no_plan();

select has_function('supaopt', 'compile_tag', array['regclass', 'text', 'text']);
select function_returns('supaopt', 'compile_tag', array['regclass', 'text', 'text'], 'text');
select volatility_is('supaopt', 'compile_tag', array['regclass', 'text', 'text'], 'stable');
select isnt_definer('supaopt', 'compile_tag', array['regclass', 'text', 'text']);
select function_privs_are('supaopt', 'compile_tag', array['regclass', 'text', 'text'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'compile_tag', array['regclass', 'text', 'text'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'compile_tag', array['regclass', 'text', 'text'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'compile_tag', array['regclass', 'text', 'text'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
