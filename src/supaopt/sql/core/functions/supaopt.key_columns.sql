-- Purpose: the columns of a table's primary key; none without one.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.key_columns(p_relation regclass)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
begin
    return array(
        select a.attname::pg_catalog.text
        from pg_index as i
        join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
        where i.indrelid = p_relation and i.indisprimary
        order by a.attnum
    );
end
$$;
revoke execute on function supaopt.key_columns(regclass)
from public, anon, authenticated, service_role;
