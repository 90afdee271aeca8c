-- Purpose: foreign keys of tables in the schemas in $1 (text[]) that no index begins with.
-- Who: any role. Locks: none; reads only.
select
    coalesce(jsonb_agg(jsonb_build_object(
        'table', c.oid::regclass::text,
        'name', quote_ident(k.conname),
        'columns', (
            select jsonb_agg(quote_ident(a.attname) order by u.place)
            from unnest(k.conkey) with ordinality as u (number, place)
            inner join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.number
        ),
        'rows', greatest(c.reltuples, 0)::bigint
    ) order by n.nspname, c.relname, k.conname), '[]')::text
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_class as c on c.oid = k.conrelid
inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where
    k.contype = 'f'
    -- Those of partitions are copies of their parent's.
    and k.conparentid = 0
    and n.nspname = any($1)
    and not exists (
        select
        from pg_catalog.pg_index as i
        where
            i.indrelid = k.conrelid
            and i.indisvalid
            -- Where a column is compared with =, it is not null.
            and (
                i.indpred is null
                or pg_get_expr(i.indpred, i.indrelid) in (
                    select format('(%I IS NOT NULL)', a.attname)
                    from pg_catalog.pg_attribute as a
                    where a.attrelid = k.conrelid and a.attnum = any(k.conkey)
                )
            )
            -- In any order: each of the leading columns is compared with =.
            and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] @> k.conkey
    )
