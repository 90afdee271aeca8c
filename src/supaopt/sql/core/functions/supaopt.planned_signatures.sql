-- Purpose: supaopt.column_signatures of a watched table, asked once for each plan of a statement. It
--          is no constant, yet immutable: what Postgres computes while it plans is kept with the plan,
--          and every change of a table ends all plans that read its transition tables. So a trigger
--          that asks this in such a statement looks at the catalogue after each ALTER alone. Never
--          call it elsewhere, nor with a snapshot that may be older than the table.
--          In SQL, because a plpgsql function that reads tables is never taken for immutable.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.planned_signatures(p_id integer, p_columns text[])
returns text
language sql
immutable
set search_path = ''
as $$
    select supaopt.column_signatures(w.relation, p_columns)
    from supaopt.watched as w
    where w.id = p_id
$$;
revoke execute on function supaopt.planned_signatures(integer, text[])
from public, anon, authenticated, service_role;
