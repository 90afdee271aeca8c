-- Purpose: SQL list of (name, number, type) of columns, ('id',1,2950),(...): what a generated trigger
--          compares with the catalogue before it names the columns. Never empty.
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
            where a.attrelid = p_relation and a.attname = any(p_columns)
        ),
        '(null,null,null)'
    );
end
$$;
revoke execute on function supaopt.column_signatures(regclass, text[])
from public, anon, authenticated, service_role;
