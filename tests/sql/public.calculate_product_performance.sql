-- public.calculate_product_performance
begin;
select no_plan();

select has_function('public', 'calculate_product_performance', array['uuid']);
select function_returns('public', 'calculate_product_performance', array['uuid'], 'setof record');
select volatility_is('public', 'calculate_product_performance', array['uuid'], 'stable');
select isnt_definer('public', 'calculate_product_performance', array['uuid']);
select function_privs_are('public', 'calculate_product_performance', array['uuid'], 'anon', array[]::text[]);
select function_privs_are('public', 'calculate_product_performance', array['uuid'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'calculate_product_performance', array['uuid'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'calculate_product_performance', array['uuid'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
