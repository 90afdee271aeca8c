-- Purpose: tables that decide, through row-level security, what `authenticated` sees of the given
--          tables: those that their policies read, directly, in views or in the functions they call,
--          and so on. A row with null stands for a policy that nobody can see through: it calls a
--          function kept as a string that supaopt.policy_functions does not list, or reads a setting
--          that is not the token.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.policy_reads(p_relations regclass[])
returns table (relation regclass)
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    with recursive node (class, id) as (
        select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, r.id::pg_catalog.oid
        from unnest(p_relations) as r (id)
        union
        select n.class, n.id
        from node as p, supaopt.policy_step(p.class, p.id) as n
    )
    select distinct
        case when c.relkind in ('r', 'p') then n.id::pg_catalog.regclass end
    from node as n
    left join pg_class as c
        on n.class = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = n.id
    where
        n.id is null
        or c.relkind in ('f', 'm')
        or (c.relkind in ('r', 'p') and n.id <> all (p_relations::pg_catalog.oid[]));
end
$$;
revoke execute on function supaopt.policy_reads(regclass[])
from public, anon, authenticated, service_role;
