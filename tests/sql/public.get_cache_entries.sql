-- public.get_cache_entries
begin;
select no_plan();

select has_function('public', 'get_cache_entries', array['text[]', 'interval[]']);
select function_returns('public', 'get_cache_entries', array['text[]', 'interval[]'], 'json');
select volatility_is('public', 'get_cache_entries', array['text[]', 'interval[]'], 'stable');
select is_definer('public', 'get_cache_entries', array['text[]', 'interval[]']);
select function_privs_are('public', 'get_cache_entries', array['text[]', 'interval[]'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_cache_entries', array['text[]', 'interval[]'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'get_cache_entries', array['text[]', 'interval[]'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_cache_entries', array['text[]', 'interval[]'], 'supabase_auth_admin', array[]::text[]);

-- A miss is told from a value that is null. (pgTAP writes, so that no lease is given here.)
select public.set_cached_data('k', 'null', '1 hour');
select is(
    (public.get_cache_entries(array['k', 'other']) -> 'entries' -> 0 -> 'data')::text, 'null', 'a null is a hit'
);
select is(
    (public.get_cache_entries(array['k', 'other']) -> 'entries' -> 1)::text, 'null', 'a miss is a null'
);
select is(public.get_cache_entries(array['k']) ->> 'lease', null, 'no lease once a transaction has written');
select is((public.get_cache_entries('{}') -> 'entries')::text, '[]', 'for no keys no entries');

select throws_ok($$ select public.get_cache_entries(null) $$, '22023');
select throws_ok($$ select public.get_cache_entries(array['k', null]) $$, '22023');
select throws_ok($$ select public.get_cache_entries(array['k', 'l'], array['1 s'::interval]) $$, '22023');
select throws_ok($$ select public.get_cache_entries(array['k'], '{}') $$, '22023');
select throws_ok($$ select public.get_cache_entries(array_fill('k'::text, array[1001])) $$, '22023');
select lives_ok($$ select public.get_cache_entries(array_fill('k'::text, array[1000])) $$);

select finish();
rollback;
