-- public.get_cache_entry
begin;
select no_plan();

select has_function('public', 'get_cache_entry', array['text', 'interval']);
select function_returns('public', 'get_cache_entry', array['text', 'interval'], 'json');
select volatility_is('public', 'get_cache_entry', array['text', 'interval'], 'stable');
select is_definer('public', 'get_cache_entry', array['text', 'interval']);
select function_privs_are('public', 'get_cache_entry', array['text', 'interval'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_cache_entry', array['text', 'interval'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'get_cache_entry', array['text', 'interval'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_cache_entry', array['text', 'interval'], 'supabase_auth_admin', array[]::text[]);

-- A miss is told from a value that is null. (pgTAP writes, so that no lease is given here.)
select is(public.get_cache_entry('k') ->> 'hit', 'false', 'a miss says so');
select public.set_cached_data('k', 'null', '1 hour');
select is(public.get_cache_entry('k') ->> 'hit', 'true', 'a null is a hit');
select is((public.get_cache_entry('k') -> 'data')::text, 'null', 'and its value is null');
select is(public.get_cache_entry('other') ->> 'lease', null, 'no lease once a transaction has written');

select finish();
rollback;
