-- Purpose: drops supaopt.watch_N_row whatever its table is called by now.
-- Who: internal. Locks: none. Undo: supaopt.watch_table

create or replace function supaopt.drop_row_hashes(p_id integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_function pg_catalog.regprocedure;
begin
    for v_function in
        select f.oid::pg_catalog.regprocedure
        from pg_proc as f
        where
            f.pronamespace = 'supaopt'::pg_catalog.regnamespace
            and f.proname = format('watch_%s_row', p_id)
    loop
        execute format('drop function %s', v_function);
    end loop;
end
$$;
revoke execute on function supaopt.drop_row_hashes(integer)
from public, anon, authenticated, service_role;
