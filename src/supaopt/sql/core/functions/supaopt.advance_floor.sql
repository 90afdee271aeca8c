-- Purpose: moves the floor of leases to where the log was one retention ago. Goes by xid: an entry
--          whose log rows may be pruned is below the floor, whatever the clock did. A state row that
--          does not vouch for itself starts anew: nothing from the other cluster survives.
-- Who: internal, under the lock of public.cleanup_expired_cache. Locks: the state row.
-- Undo: core/uninstall.sql

create or replace function supaopt.advance_floor()
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_state supaopt.state;
begin
    select s.* into v_state from supaopt.state as s;

    if supaopt.live_floor() is null then
        delete from supaopt.entries;
        delete from supaopt.hits;
        perform supaopt.write_state(gen_random_uuid(), pg_snapshot_xmin(pg_current_snapshot()));
    elsif v_state.next_at <= now() - (select s.log_retention from supaopt.settings as s) then
        perform supaopt.write_state(v_state.install, v_state.next_floor);
    end if;
end
$$;
revoke execute on function supaopt.advance_floor() from public, anon, authenticated, service_role;
