-- Purpose: refuses, with 22023, what cannot be watched: views, foreign, temporary and system tables,
--          and null or empty tags.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.check_watchable(p_relation regclass, p_tags text[])
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if not exists (
        select from pg_class as c
        where
            c.oid = p_relation
            and c.relkind in ('r', 'p')
            and c.relpersistence <> 't'
            and c.relnamespace not in (
                'pg_catalog'::pg_catalog.regnamespace, 'supaopt'::pg_catalog.regnamespace
            )
    ) then
        raise exception using
            errcode = '22023',
            message = format('%s cannot be watched', coalesce(p_relation::pg_catalog.text, 'null')),
            hint = 'Watch ordinary and partitioned tables; of a view, the tables that it reads.';
    end if;

    if p_tags is null or array_position(p_tags, null) is not null or '' = any(p_tags) then
        raise exception using
            errcode = '22023',
            message = 'tags are null, or one of them is null or empty',
            hint = 'Pass ''{}'' to watch the table as a whole.';
    end if;
end
$$;
revoke execute on function supaopt.check_watchable(regclass, text[])
from public, anon, authenticated, service_role;
