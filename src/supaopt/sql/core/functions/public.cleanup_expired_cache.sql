-- Purpose: removes entries that can no longer be served, log rows that no lease can need and hit
--          counts without an entry. Returns how many entries it removed. pg_cron runs it where it is
--          installed; correctness never waits for it.
-- Who: service_role. Locks: skips what others hold; one clean-up at a time, a second returns 0.
-- Undo: core/uninstall.sql

create or replace function public.cleanup_expired_cache()
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
    v_removed integer;
    v_floor pg_catalog.xid8;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('supaopt clean-up', 8137)) then
        return 0;
    end if;

    perform supaopt.advance_floor();
    v_floor := supaopt.live_floor();

    delete from supaopt.entries as e
    using (
        select d.scope, d.key
        from supaopt.entries as d
        where
            d.expires_at <= now()
            or pg_snapshot_xmin(d.lease) < v_floor
            or supaopt.is_killed(d.hashes, d.lease)
        for update skip locked
    ) as dead
    where e.scope = dead.scope and e.key = dead.key;
    get diagnostics v_removed = row_count;

    delete from supaopt.hits as h
    where not exists (select from supaopt.entries as e where e.scope = h.scope and e.key = h.key);

    -- Visible rows of a running cluster are below xmax; a restored dump may have brought others.
    delete from supaopt.log as l
    where l.xid < v_floor or l.xid >= pg_snapshot_xmax(pg_current_snapshot());

    return v_removed;
end
$$;
comment on function public.cleanup_expired_cache()
is 'Removes dead cache entries and log rows; returns the number of entries removed.';
revoke execute on function public.cleanup_expired_cache()
from public, anon, authenticated, service_role;
grant execute on function public.cleanup_expired_cache() to service_role;
