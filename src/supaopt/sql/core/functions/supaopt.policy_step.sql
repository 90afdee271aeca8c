-- Purpose: one step of supaopt.policy_reads: what a table, view, policy or function leads to. A null
--          id stands for something opaque.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.policy_step(p_class oid, p_id oid)
returns table (class oid, id oid)
language plpgsql
stable
set search_path = ''
as $$
begin
    -- A table leads to its policies, a view to its rule.
    return query
    select p.tableoid, p.oid
    from pg_policy as p
    join pg_class as c on c.oid = p.polrelid and c.relrowsecurity
    where
        p_class = 'pg_catalog.pg_class'::pg_catalog.regclass
        and p.polrelid = p_id
        and p.polcmd in ('r', '*')
        and exists (
            select from unnest(p.polroles) as r (id)
            where r.id = 0 or pg_has_role('authenticated', r.id, 'usage')
        )
    union all
    select r.tableoid, r.oid
    from pg_rewrite as r
    where p_class = 'pg_catalog.pg_class'::pg_catalog.regclass and r.ev_class = p_id
    union all
    -- These lead to what they mention.
    select d.refclassid, d.refobjid
    from pg_depend as d
    where
        d.classid = p_class
        and d.objid = p_id
        and p_class in (
            'pg_catalog.pg_policy'::pg_catalog.regclass,
            'pg_catalog.pg_rewrite'::pg_catalog.regclass,
            'pg_catalog.pg_proc'::pg_catalog.regclass
        )
        and d.refclassid in (
            'pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass
        )
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass, f.relation::pg_catalog.oid
    from supaopt.policy_functions as g, unnest(g.relations) as f (relation)
    where
        p_class = 'pg_catalog.pg_proc'::pg_catalog.regclass
        and to_regprocedure(g.function) = p_id
    union all
    select p_class, null::pg_catalog.oid
    where supaopt.is_opaque(p_class, p_id);
end
$$;
revoke execute on function supaopt.policy_step(oid, oid)
from public, anon, authenticated, service_role;
