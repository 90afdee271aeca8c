-- supaopt.see_through_function
begin;
select no_plan();

select has_function('supaopt', 'see_through_function', array['regprocedure', 'regclass[]']);
select function_returns('supaopt', 'see_through_function', array['regprocedure', 'regclass[]'], 'void');
select volatility_is('supaopt', 'see_through_function', array['regprocedure', 'regclass[]'], 'volatile');
select isnt_definer('supaopt', 'see_through_function', array['regprocedure', 'regclass[]']);
select function_privs_are('supaopt', 'see_through_function', array['regprocedure', 'regclass[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'see_through_function', array['regprocedure', 'regclass[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'see_through_function', array['regprocedure', 'regclass[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'see_through_function', array['regprocedure', 'regclass[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
