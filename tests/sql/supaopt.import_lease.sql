-- supaopt.import_lease
begin;
select no_plan();

select has_function('supaopt', 'import_lease', array['text']);
select function_returns('supaopt', 'import_lease', array['text'], 'pg_snapshot');
select volatility_is('supaopt', 'import_lease', array['text'], 'stable');
select isnt_definer('supaopt', 'import_lease', array['text']);
select function_privs_are('supaopt', 'import_lease', array['text'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'import_lease', array['text'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'import_lease', array['text'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'import_lease', array['text'], 'supabase_auth_admin', array[]::text[]);

select throws_ok($$ select supaopt.import_lease('1:2:3') $$, '22023');
select is(
    supaopt.import_lease(repeat('0', 32) || ':1:2:')::text, null, 'another generation''s lease is void'
);
select is(
    supaopt.import_lease(supaopt.generation() || ':1:2:')::text, '1:2:', 'our own is a snapshot'
);

select finish();
rollback;
