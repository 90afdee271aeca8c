-- Purpose: stores a value under a key for all callers of service_role; false when it was refused.
--          p_lease is what get_cache_entry returned before the value was computed. Without it nobody
--          knows which writes the value has seen, so a tagged value is refused, and an untagged one,
--          which only its age ends, is stored. Null data are the value JSON null.
--          Raises 22023 for a key, duration, tags or size that can never be right.
-- Who: service_role. Locks: never waits; see supaopt.put_entry. Undo: core/uninstall.sql

create or replace function public.set_cached_data(
    p_cache_key text,
    p_cache_data jsonb,
    p_cache_duration interval default '10 minutes',
    p_cache_tags text[] default '{}',
    p_lease text default null
)
returns boolean
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
    v_data constant pg_catalog.jsonb := coalesce(p_cache_data, 'null');
    v_lease pg_catalog.pg_snapshot;
begin
    perform supaopt.check_entry(p_cache_key, v_data, p_cache_duration, p_cache_tags);

    if p_lease is not null then
        v_lease := supaopt.import_lease(p_lease);
        -- The value may have been computed from writes of this transaction that were rolled back to
        -- a savepoint, which leaves an xid and no log row.
        if pg_current_xact_id_if_assigned() is not null then
            return false;
        end if;
    elsif cardinality(p_cache_tags) = 0 then
        v_lease := supaopt.local_lease();
    end if;

    return supaopt.put_entry(
        'shared', p_cache_key, v_data, p_cache_duration, p_cache_tags, v_lease
    );
end
$$;
comment on function public.set_cached_data(text, jsonb, interval, text[], text)
is 'Stores a value computed under a lease; false when the lease is void or a write has overtaken it.';
revoke execute on function public.set_cached_data(text, jsonb, interval, text[], text)
from public, anon, authenticated, service_role;
grant execute on function public.set_cached_data(text, jsonb, interval, text[], text) to service_role;
