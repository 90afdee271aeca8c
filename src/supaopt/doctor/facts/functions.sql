-- Purpose: functions of the schemas in $1 (text[]) that run with their owner's rights, and which API
--          roles may execute them. Triggers are left out: nobody can call those.
-- Who: any role. Locks: none; reads only.
select
    coalesce(jsonb_agg(jsonb_build_object(
        'signature', p.oid::regprocedure::text,
        'has_search_path', coalesce(
            (select bool_or(c.setting like 'search_path=%') from unnest(p.proconfig) as c (setting)), false
        ),
        'executable_by', e.roles
    ) order by p.oid::regprocedure::text), '[]')::text
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
cross join
    lateral (
        select jsonb_agg(r.rolname order by r.rolname) as roles
        from pg_catalog.pg_roles as r
        where
            r.rolname in ('anon', 'authenticated')
            and has_schema_privilege(r.oid, n.oid, 'usage')
            and has_function_privilege(r.oid, p.oid, 'execute')
    ) as e
where
    n.nspname = any($1)
    and p.prosecdef
    and p.prokind = 'f'
    and p.prorettype not in ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
    and e.roles is not null
    and not exists (
        select
        from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
