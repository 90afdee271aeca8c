-- public.get_product_performance_cached
begin;
select no_plan();

select has_function('public', 'get_product_performance_cached', array['uuid', 'interval']);
select function_returns('public', 'get_product_performance_cached', array['uuid', 'interval'], 'jsonb');
select volatility_is('public', 'get_product_performance_cached', array['uuid', 'interval'], 'volatile');
select isnt_definer('public', 'get_product_performance_cached', array['uuid', 'interval']);
select function_privs_are('public', 'get_product_performance_cached', array['uuid', 'interval'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_product_performance_cached', array['uuid', 'interval'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_product_performance_cached', array['uuid', 'interval'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_product_performance_cached', array['uuid', 'interval'], 'supabase_auth_admin', array[]::text[]);

select is(public.get_product_performance_cached(), '[]', 'no product is an empty array');

select finish();
rollback;
