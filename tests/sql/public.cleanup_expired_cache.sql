-- public.cleanup_expired_cache
begin;
select no_plan();

select has_function('public', 'cleanup_expired_cache', array[]::text[]);
select function_returns('public', 'cleanup_expired_cache', array[]::text[], 'integer');
select volatility_is('public', 'cleanup_expired_cache', array[]::text[], 'volatile');
select is_definer('public', 'cleanup_expired_cache', array[]::text[]);
select function_privs_are('public', 'cleanup_expired_cache', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('public', 'cleanup_expired_cache', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('public', 'cleanup_expired_cache', array[]::text[], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'cleanup_expired_cache', array[]::text[], 'supabase_auth_admin', array[]::text[]);

-- Removes what can no longer be served, and that alone.
select public.set_cached_data('live', '1', '1 hour'), public.set_cached_data('dead', '1', '1 hour');
update supaopt.entries set expires_at = now() - interval '1 second' where key = 'dead';
select is(public.cleanup_expired_cache(), 1, 'one entry has expired');
select results_eq('select key from supaopt.entries', array['live'], 'the other one stays');

select finish();
rollback;
