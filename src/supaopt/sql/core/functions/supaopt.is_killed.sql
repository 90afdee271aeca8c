-- Purpose: whether a write that the lease has not seen, and the caller sees, touched one of the tags.
--          The test that makes the cache exact at commit; supaopt.live_entry asks the same.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.is_killed(p_hashes bigint[], p_lease pg_snapshot)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    -- Single index scans, bounded whatever the statistics say; pg_visible_in_snapshot would test
    -- every row since xmin, which one long transaction holds back.
    return (
        select
            exists (
                select from supaopt.log as l
                where l.tag = any(e.hashes) and l.xid >= pg_snapshot_xmax(e.lease)
            )
            or exists (
                select from supaopt.log as l
                where l.tag = any(e.hashes) and l.xid = any(array(select pg_snapshot_xip(e.lease)))
            )
        -- Fenced off: where a plan sees how long the array is, each call seems worth a new one.
        from (select p_hashes as hashes, p_lease as lease offset 0) as e
    );
end
$$;
revoke execute on function supaopt.is_killed(bigint[], pg_snapshot)
from public, anon, authenticated, service_role;
