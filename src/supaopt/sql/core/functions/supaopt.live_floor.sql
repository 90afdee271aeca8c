-- Purpose: oldest xmin that a lease may have; null (nothing may be served or stored) when the state
--          row does not vouch for itself, as after a restore from a dump.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.live_floor()
returns xid8
language plpgsql
stable
set search_path = ''
as $$
begin
    return (
        select s.floor from supaopt.state as s where s.xmin = s.self and s.tableoid = s.home
    );
end
$$;
revoke execute on function supaopt.live_floor() from public, anon, authenticated, service_role;
