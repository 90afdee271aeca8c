-- Purpose: the part of supaopt.find_problems about cached functions whose answers cannot be kept.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.find_function_problems()
returns table (object text, problem text, remedy text)
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select
        r.name,
        format('it reads %s, which is not watched: its answers are not kept', r.relation),
        format('select supaopt.watch_table(%L)', r.relation)
    from supaopt.cached_function_reads as r
    where supaopt.watched_tag(r.relation) is null
    union all
    select
        f.name,
        case
            when p.relation is null
                then 'a policy depends on a hidden function, a header or the clock: '
                    || 'answers of users are not kept'
            else format('policies read %s, which is not watched: answers of users are not kept', p.relation)
        end,
        case
            when p.relation is null
                then 'say what the function reads by supaopt.see_through_function, or rewrite the policy'
            else format('select supaopt.watch_table(%L)', p.relation)
        end
    from supaopt.cached_functions as f
    cross join supaopt.policy_reads(array(
        select r.relation from supaopt.cached_function_reads as r where r.name = f.name
    )) as p
    where p.relation is null or supaopt.watched_tag(p.relation) is null;
end
$$;
revoke execute on function supaopt.find_function_problems()
from public, anon, authenticated, service_role;
