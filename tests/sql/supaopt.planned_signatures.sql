-- supaopt.planned_signatures
begin;
select no_plan();

select has_function('supaopt', 'planned_signatures', array['integer', 'text[]']);
select function_returns('supaopt', 'planned_signatures', array['integer', 'text[]'], 'text');
select volatility_is('supaopt', 'planned_signatures', array['integer', 'text[]'], 'immutable');
select isnt_definer('supaopt', 'planned_signatures', array['integer', 'text[]']);
select function_privs_are('supaopt', 'planned_signatures', array['integer', 'text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'planned_signatures', array['integer', 'text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'planned_signatures', array['integer', 'text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'planned_signatures', array['integer', 'text[]'], 'supabase_auth_admin', array[]::text[]);

create table public.planned_here (id bigint primary key);
select supaopt.watch_table('public.planned_here', '{"here:{id}"}');
select is(
    supaopt.planned_signatures(w.id, '{id}'),
    supaopt.column_signatures('public.planned_here', '{id}'),
    'the columns of the watched table'
)
from supaopt.watched as w
where w.relation = 'public.planned_here'::regclass;

select finish();
rollback;
