-- public.query_cache
begin;
select no_plan();

select has_view('public', 'query_cache', 'the view is there');
select columns_are(
    'public', 'query_cache',
    array[
        'id', 'cache_key', 'cache_data', 'cache_tags', 'expires_at', 'created_at', 'hit_count',
        'last_accessed'
    ]
);
select is(
    (select c.reloptions from pg_class as c where c.oid = 'public.query_cache'::regclass),
    array['security_invoker=true'],
    'it reads as its caller'
);
select table_privs_are('public', 'query_cache', 'anon', array[]::text[]);
select table_privs_are('public', 'query_cache', 'authenticated', array[]::text[]);
select table_privs_are('public', 'query_cache', 'service_role', array['SELECT']);
select table_privs_are('public', 'query_cache', 'supabase_auth_admin', array[]::text[]);

-- Shared entries alone, with the hits that were reported.
select public.set_cached_data('k', '1', '1 hour');
select public.record_cache_hits('{"k": 3}');
insert into supaopt.entries (scope, key, data, tags, hashes, lease, expires_at)
values ('u:x', 'secret', '1', '{}', '{}', pg_current_snapshot(), now() + interval '1 hour');
select results_eq(
    'select cache_key, cache_data, hit_count from public.query_cache',
    $$values ('k', '1'::jsonb, 3::bigint)$$,
    'no user''s own entry is in it'
);

select finish();
rollback;
