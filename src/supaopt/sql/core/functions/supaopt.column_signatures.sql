-- Purpose: SQL list of (name, number, type) of columns, ('id',1,2950),(...): what a generated trigger
--          compares with the catalogue before it names the columns. Never empty. Leaves out a column
--          that an old snapshot shows under a name that it has no more.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.column_signatures(p_relation regclass, p_columns text[])
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    return coalesce(
        (
            select string_agg(
                format('(%L,%s,%s)', a.attname, a.attnum, a.atttypid::bigint), ',' order by a.attnum
            )
            from pg_attribute as a
            -- Unlike the rows of pg_attribute it does not depend on the snapshot.
            cross join pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, p_relation, a.attnum) as o
            where
                a.attrelid = p_relation
                and a.attname = any(p_columns)
                and right(o.identity, char_length(quote_ident(a.attname)) + 1) = '.' || quote_ident(a.attname)
        ),
        '(null,null,null)'
    );
end
$$;
revoke execute on function supaopt.column_signatures(regclass, text[])
from public, anon, authenticated, service_role;
