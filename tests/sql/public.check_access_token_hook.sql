-- public.check_access_token_hook
begin;
select no_plan();

select has_function('public', 'check_access_token_hook', array[]::text[]);
select function_returns('public', 'check_access_token_hook', array[]::text[], 'void');
select volatility_is('public', 'check_access_token_hook', array[]::text[], 'stable');
select isnt_definer('public', 'check_access_token_hook', array[]::text[]);
select function_privs_are('public', 'check_access_token_hook', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('public', 'check_access_token_hook', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('public', 'check_access_token_hook', array[]::text[], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'check_access_token_hook', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select lives_ok('select public.check_access_token_hook()', 'nothing is missing');
revoke select (role) on public.profiles from supabase_auth_admin;
select throws_ok('select public.check_access_token_hook()', '55000');

select finish();
rollback;
