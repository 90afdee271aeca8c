-- Purpose: takes the triggers off a table and its partitions, and forgets it. Ends every entry: those
--          that depend on the table would never be invalidated again. False when it was not watched.
-- Who: the owner. Locks: access exclusive on the table and its partitions, briefly.
-- Undo: supaopt.watch_table

create or replace function supaopt.unwatch_table(p_relation regclass)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_root constant pg_catalog.regclass := coalesce(pg_partition_root(p_relation), p_relation);
    v_id integer;
begin
    for v_id in delete from supaopt.watched as w where w.root = v_root returning w.id
    loop
        -- Its triggers go with it.
        execute format('drop function supaopt.watch_%s() cascade', v_id);
    end loop;

    if v_id is null then
        return false;
    end if;

    perform supaopt.flush();
    return true;
end
$$;
comment on function supaopt.unwatch_table(regclass) is 'Stops watching a table and ends every entry.';
revoke execute on function supaopt.unwatch_table(regclass)
from public, anon, authenticated, service_role;
