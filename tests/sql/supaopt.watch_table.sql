-- supaopt.watch_table
begin;
select no_plan();

select has_function('supaopt', 'watch_table', array['regclass', 'text[]']);
select function_returns('supaopt', 'watch_table', array['regclass', 'text[]'], 'text');
select volatility_is('supaopt', 'watch_table', array['regclass', 'text[]'], 'volatile');
select isnt_definer('supaopt', 'watch_table', array['regclass', 'text[]']);
select function_privs_are('supaopt', 'watch_table', array['regclass', 'text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'watch_table', array['regclass', 'text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'watch_table', array['regclass', 'text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'watch_table', array['regclass', 'text[]'], 'supabase_auth_admin', array[]::text[]);

create table public.watched_here (id bigint primary key, at timestamptz);
select is(
    supaopt.watch_table('public.watched_here', '{here,"here:{id}"}'), 'here', 'the table''s own tag'
);
insert into public.watched_here values (7);
select results_eq(
    $$
        select count(*) from supaopt.log as l
        where l.tag in (
            hashtextextended('here' collate "C", 0),
            hashtextextended('here:7' collate "C", 0)
        )
    $$,
    array[2::bigint],
    'a write logs both tags'
);
select throws_ok($$ select supaopt.watch_table('public.watched_here', '{"here:{at}"}') $$, '22023');
select throws_ok($$ select supaopt.watch_table('public.watched_here', '{"here:{gone}"}') $$, '22023');
select throws_ok($$ select supaopt.watch_table('public.watched_here', '{"{id}"}') $$, '22023');
select throws_ok($$ select supaopt.watch_table('public.query_cache', '{}') $$, '22023');

select finish();
rollback;
