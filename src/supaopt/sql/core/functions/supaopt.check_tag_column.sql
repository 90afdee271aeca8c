-- Purpose: refuses, with 22023, a column that a tag cannot name: one that is not there, or whose text
--          changes with settings of the session (a timestamp with time zone, for one).
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.check_tag_column(p_relation regclass, p_column text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_type pg_catalog.regtype;
begin
    select a.atttypid::pg_catalog.regtype into v_type
    from pg_attribute as a
    join pg_type as t on t.oid = a.atttypid
    where a.attrelid = p_relation and a.attname = p_column and a.attnum > 0 and not a.attisdropped;

    if not found then
        raise exception using
            errcode = '22023',
            message = format('table %s has no column %I', p_relation, p_column),
            hint = 'A tag template names columns of the watched table.';
    end if;

    if v_type not in (
        select x.type::pg_catalog.regtype
        from unnest(array[
            'int2', 'int4', 'int8', 'uuid', 'text', 'varchar', 'bool', 'numeric'
        ]) as x (type)
    ) and not exists (select from pg_type as t where t.oid = v_type and t.typtype = 'e') then
        raise exception using
            errcode = '22023',
            message = format('column %I of %s is of type %s', p_column, p_relation, v_type),
            hint = 'A tag takes integer, uuid, text, boolean, numeric and enum columns.';
    end if;
end
$$;
revoke execute on function supaopt.check_tag_column(regclass, text)
from public, anon, authenticated, service_role;
