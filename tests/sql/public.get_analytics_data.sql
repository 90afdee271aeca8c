-- public.get_analytics_data
begin;
select no_plan();

select has_function('public', 'get_analytics_data', array['uuid']);
select function_returns('public', 'get_analytics_data', array['uuid'], 'jsonb');
select volatility_is('public', 'get_analytics_data', array['uuid'], 'stable');
select isnt_definer('public', 'get_analytics_data', array['uuid']);
select function_privs_are('public', 'get_analytics_data', array['uuid'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_analytics_data', array['uuid'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_analytics_data', array['uuid'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_analytics_data', array['uuid'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
