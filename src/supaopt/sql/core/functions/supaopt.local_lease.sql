-- Purpose: lease for a value that is computed and stored within one function call.
--          The transaction's own xid counts as unseen, so that its later writes end the entry.
--          Null on a standby, where the list of running transactions is empty.
-- Who: authenticated and service_role, inside read-through functions; it reveals xids only.
-- Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.local_lease()
returns pg_snapshot
language plpgsql
stable
set search_path = ''
as $$
declare
    v_now constant pg_catalog.pg_snapshot := pg_current_snapshot();
    v_own constant pg_catalog.xid8 := pg_current_xact_id_if_assigned();
begin
    if pg_is_in_recovery() then
        return null;
    end if;

    -- From xmax upwards everything counts as unseen already.
    if v_own is null or v_own >= pg_snapshot_xmax(v_now) then
        return v_now;
    end if;

    return (
        select format(
            '%s:%s:%s',
            case when v_own < pg_snapshot_xmin(v_now) then v_own else pg_snapshot_xmin(v_now) end,
            pg_snapshot_xmax(v_now),
            string_agg(u.xid::pg_catalog.text, ',' order by u.xid)
        )::pg_catalog.pg_snapshot
        from (
            select pg_snapshot_xip(v_now) as xid
            union
            select v_own
        ) as u
    );
end
$$;
revoke execute on function supaopt.local_lease() from public, anon, authenticated, service_role;
grant execute on function supaopt.local_lease() to authenticated, service_role;
