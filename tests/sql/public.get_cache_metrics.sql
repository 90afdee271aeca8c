-- public.get_cache_metrics
begin;
select no_plan();

select has_function('public', 'get_cache_metrics', array[]::text[]);
select function_returns('public', 'get_cache_metrics', array[]::text[], 'jsonb');
select volatility_is('public', 'get_cache_metrics', array[]::text[], 'stable');
select is_definer('public', 'get_cache_metrics', array[]::text[]);
select function_privs_are('public', 'get_cache_metrics', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('public', 'get_cache_metrics', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('public', 'get_cache_metrics', array[]::text[], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_cache_metrics', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select is(public.get_cache_metrics() -> 'total_entries', '0', 'an empty cache has no entries');
select public.set_cached_data('k', '1', '1 hour');
select is(public.get_cache_metrics() -> 'total_entries', '1', 'one entry is counted');
select is(public.get_cache_metrics() -> 'expired_entries', '0', 'and has not expired');

select finish();
rollback;
