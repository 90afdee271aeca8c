-- Purpose: tables, columns, foreign keys and computed columns of the schemas in $1 (text[]), as one
--          JSON document: what a row class is checked against.
-- Who: any role; it sees what the catalogue shows to everybody. Locks: none; reads only.
select jsonb_build_object(
    'tables', coalesce((
        select
            jsonb_agg(jsonb_build_object(
                'schema_name', n.nspname,
                'name', c.relname,
                'is_view', c.relkind in ('v', 'm'),
                'columns', (
                    select
                        coalesce(jsonb_agg(jsonb_build_object(
                            'name', a.attname,
                            'type', coalesce(e.typname, t.typname),
                            'is_array', e.oid is not null,
                            'labels', (
                                select jsonb_agg(l.enumlabel order by l.enumsortorder)
                                from pg_catalog.pg_enum as l
                                where l.enumtypid = coalesce(e.oid, t.oid)
                            ),
                            'not_null', a.attnotnull or d.typnotnull,
                            'has_default', a.atthasdef or a.attidentity <> '' or d.typdefault is not null,
                            'is_generated', a.attgenerated <> '' or a.attidentity = 'a',
                            -- Without a length or a scale, which arguments of functions do not have; -1
                            -- says so where null would give `character`, which is one character.
                            'sql_type', case tn.nspname
                                when 'pg_catalog' then format_type(t.oid, -1)
                                else format(
                                    '%I.%I%s', tn.nspname, coalesce(e.typname, t.typname),
                                    case when e.oid is not null then '[]' end
                                )
                            end
                        ) order by a.attnum), '[]')
                    from pg_catalog.pg_attribute as a
                    inner join pg_catalog.pg_type as d on d.oid = a.atttypid
                    -- A domain, of a domain too, is sent as its base type.
                    inner join
                        pg_catalog.pg_type as t
                        on t.oid = case
                            when d.typtype <> 'd' then d.oid
                            else (
                                with recursive base as (
                                    select d.typbasetype as oid
                                    union all
                                    select x.typbasetype
                                    from base as b
                                    inner join pg_catalog.pg_type as x on x.oid = b.oid and x.typtype = 'd'
                                )

                                select y.oid
                                from base as b
                                inner join pg_catalog.pg_type as y on y.oid = b.oid and y.typtype <> 'd'
                            )
                        end
                    left join pg_catalog.pg_type as e on t.typcategory = 'A' and e.oid = t.typelem
                    inner join pg_catalog.pg_namespace as tn on tn.oid = coalesce(e.typnamespace, t.typnamespace)
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                ),
                'primary_key', (
                    select coalesce(jsonb_agg(a.attname order by u.place), '[]')
                    from pg_catalog.pg_constraint as k
                    cross join unnest(k.conkey) with ordinality as u (attnum, place)
                    inner join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = u.attnum
                    where k.conrelid = c.oid and k.contype = 'p'
                ),
                -- What `on conflict` can name by its columns alone.
                'unique', (
                    select coalesce(jsonb_agg(i.columns order by i.oid), '[]')
                    from (
                        select
                            x.indexrelid as oid,
                            (
                                select jsonb_agg(a.attname order by u.place)
                                from unnest(x.indkey::smallint[]) with ordinality as u (attnum, place)
                                inner join pg_catalog.pg_attribute as a
                                    on a.attrelid = c.oid and a.attnum = u.attnum
                                where u.place <= x.indnkeyatts
                            ) as columns
                        from pg_catalog.pg_index as x
                        where
                            x.indrelid = c.oid and x.indisunique and x.indisvalid and x.indimmediate
                            and x.indpred is null and x.indexprs is null
                    ) as i
                )
            ) order by n.nspname, c.relname)
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    ), '[]'),
    'keys', coalesce((
        select
            jsonb_agg(jsonb_build_object(
                'name', k.conname,
                'schema_name', n.nspname,
                'table', c.relname,
                'columns', (
                    select jsonb_agg(a.attname order by u.place)
                    from unnest(k.conkey) with ordinality as u (attnum, place)
                    inner join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = u.attnum
                ),
                'target_schema', fn.nspname,
                'target_table', f.relname,
                -- One row at most refers to each target.
                'is_unique', exists (
                    select from pg_catalog.pg_index as i
                    where
                        i.indrelid = c.oid and i.indisunique and i.indpred is null
                        and i.indnkeyatts = cardinality(k.conkey)
                        and (i.indkey::smallint[])[0:i.indnkeyatts - 1] <@ k.conkey
                ),
                -- What makes a table the link of a many-to-many relationship.
                'is_in_primary_key', exists (
                    select from pg_catalog.pg_index as i
                    where i.indrelid = c.oid and i.indisprimary and k.conkey <@ i.indkey::smallint[]
                )
            ) order by n.nspname, c.relname, k.conname)
        from pg_catalog.pg_constraint as k
        inner join pg_catalog.pg_class as c on c.oid = k.conrelid
        inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        inner join pg_catalog.pg_class as f on f.oid = k.confrelid
        inner join pg_catalog.pg_namespace as fn on fn.oid = f.relnamespace
        where k.contype = 'f' and k.conparentid = 0 and n.nspname = any($1)
    ), '[]'),
    'computed', coalesce((
        select
            jsonb_agg(jsonb_build_object(
                'name', p.proname, 'schema_name', n.nspname, 'table', c.relname
            ) order by n.nspname, c.relname, p.proname)
        from pg_catalog.pg_proc as p
        inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
        inner join pg_catalog.pg_class as c on c.reltype = p.proargtypes[0]
        where p.pronargs = 1 and n.nspname = any($1)
    ), '[]')
)::text
