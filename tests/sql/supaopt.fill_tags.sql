-- supaopt.fill_tags
begin;
select no_plan();

select has_function('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text']);
select function_returns('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text'], 'setof text');
select volatility_is('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text'], 'immutable');
select isnt_definer('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text']);
select function_privs_are('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'fill_tags', array['text[]', 'jsonb', 'text'], 'supabase_auth_admin', array[]::text[]);

select results_eq(
    $$ select supaopt.fill_tags('{"student:{p_id}"}', '{"p_id": 1}', 'students') $$,
    array['student:1'],
    'a parameter fills its template'
);
select results_eq(
    $$ select supaopt.fill_tags('{"student:{p_id}"}', '{"p_id": null}', 'students') $$,
    array['students'],
    'without it, the whole table'
);
select results_eq(
    $$ select supaopt.fill_tags('{"student:{p_id}"}', '{"p_id": 1}', null) $$,
    array[null::text],
    'a table that is not watched spoils the answer'
);

select finish();
rollback;
