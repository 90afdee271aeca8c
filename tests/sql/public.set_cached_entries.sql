-- public.set_cached_entries
begin;
select no_plan();

select has_function('public', 'set_cached_entries', array['jsonb']);
select function_returns('public', 'set_cached_entries', array['jsonb'], 'boolean[]');
select volatility_is('public', 'set_cached_entries', array['jsonb'], 'volatile');
select is_definer('public', 'set_cached_entries', array['jsonb']);
select function_privs_are('public', 'set_cached_entries', array['jsonb'], 'anon', array[]::text[]);
select function_privs_are('public', 'set_cached_entries', array['jsonb'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'set_cached_entries', array['jsonb'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'set_cached_entries', array['jsonb'], 'supabase_auth_admin', array[]::text[]);

-- What came too late is refused with false, beside what is stored.
select is(
    public.set_cached_entries(
        '[{"key": "b", "data": null, "duration": "1 hour", "tags": ["t"]},
          {"key": "a", "data": null, "duration": "1 hour", "tags": []}]'
    ),
    array[false, true],
    'an untagged value needs no lease, a tagged one does'
);
select is((public.get_cache_entry('a') -> 'data')::text, 'null', 'JSON null is a value');
select is(public.set_cached_entries('[]'), array[]::boolean[], 'nothing is stored of nothing');

-- One that can never be right refuses all.
select throws_ok(format('select public.set_cached_entries(%L)', p.entries), '22023', null, p.entries)
from (
    values
    (null),
    ('{}'),
    ('[1]'),
    ('["data"]'),
    ('[{"key": "k", "duration": "1 hour", "tags": []}]'),
    ('[{"key": null, "data": 1, "duration": "1 hour", "tags": []}]'),
    ('[{"key": "", "data": 1, "duration": "1 hour", "tags": []}]'),
    ('[{"key": "k", "data": 1, "tags": []}]'),
    ('[{"key": "k", "data": 1, "duration": "-1 hour", "tags": []}]'),
    ('[{"key": "k", "data": 1, "duration": "1000 years", "tags": []}]'),
    ('[{"key": "k", "data": 1, "duration": "1 hour"}]'),
    ('[{"key": "k", "data": 1, "duration": "1 hour", "tags": [null]}]'),
    ('[{"key": "k", "data": 1, "duration": "1 hour", "tags": [], "lease": "no lease"}]'),
    ('[{"key": "j", "data": 1, "duration": "1 hour", "tags": []}, {"key": "k", "data": 1}]')
) as p (entries);
select throws_ok(
    $$ select public.set_cached_entries(jsonb_agg('{"key": "k", "data": 1, "duration": "1 hour", "tags": []}'::jsonb))
    from generate_series(1, 101) $$,
    '22023'
);
select is(public.get_cache_entry('j') ->> 'hit', 'false', 'nothing of a refused call is stored');

select finish();
rollback;
