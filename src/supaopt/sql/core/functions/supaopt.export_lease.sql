-- Purpose: lease as text (generation:snapshot) for a client that computes outside the database.
--          Null on a standby, and in a transaction that has written: what it computes may be
--          rolled back.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.export_lease()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    if pg_current_xact_id_if_assigned() is not null then
        return null;
    end if;

    return supaopt.generation() || ':' || pg_current_snapshot();
end
$$;
revoke execute on function supaopt.export_lease() from public, anon, authenticated, service_role;
