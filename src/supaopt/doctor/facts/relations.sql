-- Purpose: tables and views of the schemas in $1 (text[]), and which API roles reach them.
-- Who: any role. Locks: none; reads only.
select
    coalesce(jsonb_agg(jsonb_build_object(
        'name', c.oid::regclass::text,
        'kind', c.relkind,
        'rls', c.relrowsecurity,
        'policies', (
            select count(*) from pg_catalog.pg_policy as p
            where p.polrelid = c.oid
        ),
        'security_invoker', coalesce((
            select lower(o.option_value) in ('true', 'on', 'yes', '1')
            from pg_options_to_table(c.reloptions) as o
            where o.option_name = 'security_invoker'
        ), false),
        'reads_auth_users', exists (
            select
            from pg_catalog.pg_rewrite as w
            inner join pg_catalog.pg_depend as d on d.objid = w.oid and d.classid = 'pg_catalog.pg_rewrite'::regclass
            inner join pg_catalog.pg_class as u on u.oid = d.refobjid and u.relname = 'users'
            inner join pg_catalog.pg_namespace as a on a.oid = u.relnamespace and a.nspname = 'auth'
            where w.ev_class = c.oid and d.refclassid = 'pg_catalog.pg_class'::regclass
        ),
        'readers', (
            select coalesce(jsonb_agg(r.rolname order by r.rolname), '[]')
            from pg_catalog.pg_roles as r
            where
                r.rolname in ('anon', 'authenticated')
                and has_schema_privilege(r.oid, n.oid, 'usage')
                and has_any_column_privilege(r.oid, c.oid, 'select')
        ),
        'writers', (
            select coalesce(jsonb_agg(r.rolname order by r.rolname), '[]')
            from pg_catalog.pg_roles as r
            where
                r.rolname in ('anon', 'authenticated')
                and has_schema_privilege(r.oid, n.oid, 'usage')
                and (
                    has_any_column_privilege(r.oid, c.oid, 'insert, update')
                    or has_table_privilege(r.oid, c.oid, 'delete')
                )
        )
    ) order by n.nspname, c.relname), '[]')::text
from pg_catalog.pg_class as c
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = any($1)
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not exists (
        select
        from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
