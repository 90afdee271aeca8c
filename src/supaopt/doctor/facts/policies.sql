-- Purpose: row-level-security policies on tables of the schemas in $1 (text[]), and those of their
--          columns that no index leads with.
-- Who: any role. Locks: none; reads only.
select
    coalesce(jsonb_agg(jsonb_build_object(
        'table', c.oid::regclass::text,
        'alias', quote_ident(c.relname),
        'name', quote_ident(p.polname),
        'command', case p.polcmd
            when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all'
        end,
        'permissive', p.polpermissive,
        'roles', (
            select jsonb_agg(coalesce(r.rolname, 'public') order by r.rolname)
            from unnest(p.polroles) as u (oid)
            left join pg_catalog.pg_roles as r on r.oid = u.oid
        ),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'check', pg_get_expr(p.polwithcheck, p.polrelid),
        'rls', c.relrowsecurity,
        'rows', greatest(c.reltuples, 0)::bigint,
        'unindexed', (
            select coalesce(jsonb_agg(quote_ident(a.attname) order by a.attnum), '[]')
            from pg_catalog.pg_attribute as a
            where
                a.attrelid = c.oid
                and exists (
                    select
                    from pg_catalog.pg_depend as d
                    where
                        d.classid = 'pg_catalog.pg_policy'::regclass
                        and d.objid = p.oid
                        and d.refclassid = 'pg_catalog.pg_class'::regclass
                        and d.refobjid = c.oid
                        and d.refobjsubid = a.attnum
                )
                and not exists (
                    select
                    from pg_catalog.pg_index as i
                    where
                        i.indrelid = c.oid
                        and i.indisvalid
                        and i.indkey[0] = a.attnum
                        -- Where a column is compared with =, it is not null.
                        and coalesce(
                            pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname),
                            true
                        )
                )
        )
    ) order by n.nspname, c.relname, p.polname), '[]')::text
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on c.oid = p.polrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any($1)
