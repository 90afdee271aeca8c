-- supaopt.require_staff
begin;
select no_plan();

select has_function('supaopt', 'require_staff', array[]::text[]);
select function_returns('supaopt', 'require_staff', array[]::text[], 'void');
select volatility_is('supaopt', 'require_staff', array[]::text[], 'stable');
select isnt_definer('supaopt', 'require_staff', array[]::text[]);
select function_privs_are('supaopt', 'require_staff', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'require_staff', array[]::text[], 'authenticated', array['EXECUTE']);
select function_privs_are('supaopt', 'require_staff', array[]::text[], 'service_role', array['EXECUTE']);
select function_privs_are('supaopt', 'require_staff', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select lives_ok('select supaopt.require_staff()', 'the owner may');

select finish();
rollback;
