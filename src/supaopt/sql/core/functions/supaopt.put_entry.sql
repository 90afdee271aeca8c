-- Purpose: stores an entry unless its lease is void, a write has overtaken it, or somebody else is
--          storing the same key; false when it was refused. Look-ups test the lease again, so a
--          write that commits a moment later does no harm.
-- Who: internal, as it takes a scope.
-- Locks: never waits. Advisory lock on (scope, key) and the entry's row, to the end of transaction.
-- Undo: core/uninstall.sql

create or replace function supaopt.put_entry(
    p_scope text, p_key text, p_data jsonb, p_lifetime interval, p_tags text[], p_lease pg_snapshot
)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_hashes constant bigint[] := supaopt.hash_tags(p_tags);
begin
    if
        p_scope is null
        or p_lease is null
        or current_setting('transaction_read_only') = 'on'
        or current_setting('transaction_isolation') <> 'read committed'
        or pg_snapshot_xmax(p_lease) > pg_snapshot_xmax(pg_current_snapshot())
        or coalesce(pg_snapshot_xmin(p_lease) < supaopt.live_floor(), true)
        or supaopt.is_killed(v_hashes, p_lease)
        or not pg_try_advisory_xact_lock(hashtextextended(p_scope || ' ' || p_key, 8137))
    then
        return false;
    end if;

    -- Clean-up may hold the row until it commits.
    perform from supaopt.entries as e
    where e.scope = p_scope and e.key = p_key
    for update skip locked;
    if not found and exists (
        select from supaopt.entries as e where e.scope = p_scope and e.key = p_key
    ) then
        return false;
    end if;

    insert into supaopt.entries as e (scope, key, data, tags, hashes, lease, expires_at)
    values (p_scope, p_key, p_data, p_tags, v_hashes, p_lease, clock_timestamp() + p_lifetime)
    on conflict (scope, key) do update set
        data = excluded.data,
        tags = excluded.tags,
        hashes = excluded.hashes,
        lease = excluded.lease,
        stored_at = clock_timestamp(),
        expires_at = excluded.expires_at
    where pg_snapshot_xmax(e.lease) <= pg_snapshot_xmax(excluded.lease);

    return found;
end
$$;
revoke execute on function supaopt.put_entry(text, text, jsonb, interval, text[], pg_snapshot)
from public, anon, authenticated, service_role;
