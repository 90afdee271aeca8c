-- Purpose: the only way to change the state row. An update alone would leave self behind: only the
--          second one knows the xid that the first one wrote as.
-- Who: internal. Locks: the state row. Undo: core/uninstall.sql

create or replace function supaopt.write_state(p_install uuid, p_floor xid8)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
    update supaopt.state set
        install = p_install,
        system = (select c.system_identifier from pg_control_system() as c),
        floor = p_floor,
        next_floor = pg_snapshot_xmin(pg_current_snapshot()),
        next_at = now();

    update supaopt.state set self = xmin, home = tableoid;
end
$$;
revoke execute on function supaopt.write_state(uuid, xid8)
from public, anon, authenticated, service_role;
