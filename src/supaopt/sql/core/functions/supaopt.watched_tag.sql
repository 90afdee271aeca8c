-- Purpose: the tag that every write to a table logs, or null when the table is not watched or one of
--          its triggers is missing or disabled.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.watched_tag(p_relation regclass)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        select w.table_tag
        from supaopt.watched as w
        where w.relation = p_relation and 4 = (
            select count(*)
            from pg_trigger as g
            where
                g.tgrelid = w.relation
                and g.tgenabled in ('O', 'A')
                and g.tgfoid = to_regprocedure(format('supaopt.watch_%s()', w.id))
        )
    );
end
$$;
revoke execute on function supaopt.watched_tag(regclass)
from public, anon, authenticated, service_role;
