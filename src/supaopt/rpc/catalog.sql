-- Purpose: functions of the schemas in $1 (text[]), as one JSON document: what a declared function
--          is checked against.
-- Who: any role; it sees what the catalogue shows to everybody. Locks: none; reads only.
select jsonb_build_object('functions', coalesce((
    select
        jsonb_agg(jsonb_build_object(
            'schema_name', n.nspname,
            'name', p.proname,
            'arguments', (
                select
                    coalesce(jsonb_agg(jsonb_build_object(
                        'name', u.name,
                        'type', coalesce(e.typname, t.typname),
                        'is_array', e.oid is not null,
                        'has_default', u.place > p.pronargs - p.pronargdefaults
                    ) order by u.place), '[]')
                from
                    unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs])
                    with ordinality as u (type, name, place)
                inner join pg_catalog.pg_type as t on t.oid = u.type
                left join pg_catalog.pg_type as e on t.typcategory = 'A' and e.oid = t.typelem
            ),
            'returns', coalesce(re.typname, r.typname),
            'returns_array', re.oid is not null,
            'returns_set', p.proretset,
            -- Of `returns table`, of OUT arguments, or of a composite type.
            'columns', coalesce(
                (
                    select
                        jsonb_agg(jsonb_build_object(
                            'name', u.name,
                            'type', coalesce(e.typname, t.typname),
                            'is_array', e.oid is not null
                        ) order by u.place)
                    from
                        unnest(p.proallargtypes, p.proargmodes, p.proargnames)
                        with ordinality as u (type, mode, name, place)
                    inner join pg_catalog.pg_type as t on t.oid = u.type
                    left join pg_catalog.pg_type as e on t.typcategory = 'A' and e.oid = t.typelem
                    where u.mode in ('o', 'b', 't')
                ),
                (
                    select
                        jsonb_agg(jsonb_build_object(
                            'name', a.attname,
                            'type', coalesce(e.typname, t.typname),
                            'is_array', e.oid is not null
                        ) order by a.attnum)
                    from pg_catalog.pg_attribute as a
                    inner join pg_catalog.pg_type as t on t.oid = a.atttypid
                    left join pg_catalog.pg_type as e on t.typcategory = 'A' and e.oid = t.typelem
                    where a.attrelid = r.typrelid and a.attnum > 0 and not a.attisdropped
                )
            ),
            'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
            'is_definer', p.prosecdef,
            'has_search_path', coalesce(
                (select bool_or(c.setting like 'search_path=%') from unnest(p.proconfig) as c (setting)), false
            ),
            'executable_by', (
                select coalesce(jsonb_agg(o.rolname order by o.rolname), '[]')
                from pg_catalog.pg_roles as o
                where
                    o.rolname in ('anon', 'authenticated', 'service_role')
                    and has_function_privilege(o.oid, p.oid, 'execute')
            )
        ) order by n.nspname, p.proname, p.oid)
    from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    inner join pg_catalog.pg_type as r on r.oid = p.prorettype
    left join pg_catalog.pg_type as re on r.typcategory = 'A' and re.oid = r.typelem
    where n.nspname = any($1) and p.prokind = 'f'
), '[]'))::text
