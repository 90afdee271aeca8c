-- Purpose: whether a write that the lease has not seen, and the caller sees, touched one of the tags.
--          The test that makes the cache exact at commit.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.is_killed(p_hashes bigint[], p_lease pg_snapshot)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    -- Bounded index scans; pg_visible_in_snapshot would test every row since xmin, which one long
    -- transaction holds back.
    if pg_snapshot_xmin(p_lease) = pg_snapshot_xmax(p_lease) then
        -- Nobody was writing when the lease was taken; to prepare the other scan takes as long as
        -- this one.
        return exists (
            select from supaopt.log as l
            where l.tag = any(p_hashes) and l.xid >= pg_snapshot_xmax(p_lease)
        );
    end if;

    return exists (
        select from supaopt.log as l
        where l.tag = any(p_hashes) and l.xid >= pg_snapshot_xmax(p_lease)
    ) or exists (
        select from pg_snapshot_xip(p_lease) as x (xid)
        join supaopt.log as l on l.xid = x.xid and l.tag = any(p_hashes)
    );
end
$$;
revoke execute on function supaopt.is_killed(bigint[], pg_snapshot)
from public, anon, authenticated, service_role;
