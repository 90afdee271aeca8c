-- public.get_cached_data
begin;
select no_plan();

select has_function('public', 'get_cached_data', array['text', 'interval']);
select function_returns('public', 'get_cached_data', array['text', 'interval'], 'jsonb');
select volatility_is('public', 'get_cached_data', array['text', 'interval'], 'stable');
select is_definer('public', 'get_cached_data', array['text', 'interval']);
select function_privs_are('public', 'get_cached_data', array['text', 'interval'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_cached_data', array['text', 'interval'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'get_cached_data', array['text', 'interval'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_cached_data', array['text', 'interval'], 'supabase_auth_admin', array[]::text[]);

-- A value that was stored is found until it is too old for who asks.
select public.set_cached_data('k', '[1]', '1 hour');
select is(public.get_cached_data('k', '1 hour'), '[1]', 'a stored value is found');
select is(public.get_cached_data('none', '1 hour'), null, 'a miss is null');
update supaopt.entries set stored_at = now() - interval '2 minutes';
select is(public.get_cached_data('k', '1 minute'), null, 'a value that is too old is a miss');

select finish();
rollback;
