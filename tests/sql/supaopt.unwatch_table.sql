-- supaopt.unwatch_table
begin;
select no_plan();

select has_function('supaopt', 'unwatch_table', array['regclass']);
select function_returns('supaopt', 'unwatch_table', array['regclass'], 'boolean');
select volatility_is('supaopt', 'unwatch_table', array['regclass'], 'volatile');
select isnt_definer('supaopt', 'unwatch_table', array['regclass']);
select function_privs_are('supaopt', 'unwatch_table', array['regclass'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'unwatch_table', array['regclass'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'unwatch_table', array['regclass'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'unwatch_table', array['regclass'], 'supabase_auth_admin', array[]::text[]);

create table public.watched_here (id bigint primary key);
select is(supaopt.unwatch_table('public.watched_here'), false, 'it was not watched');
select supaopt.watch_table('public.watched_here', '{here}');
select is(supaopt.unwatch_table('public.watched_here'), true, 'it was');
select is_empty(
    $$ select 1 from pg_trigger where tgrelid = 'public.watched_here'::regclass $$, 'no trigger is left'
);

select finish();
rollback;
