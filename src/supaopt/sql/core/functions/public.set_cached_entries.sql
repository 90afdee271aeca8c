-- Purpose: what public.set_cached_data does, for many entries at once: [{key, data, duration, tags,
--          lease}, ...]. Says of each, in their order, whether it was stored. What is left out is
--          null, but data, where JSON null is a value, must be there. One entry that can never be
--          right (22023) refuses all of them, and so do more than 100, as each holds a lock.
-- Who: service_role. Locks: never waits; see supaopt.put_entry. Undo: core/uninstall.sql

create or replace function public.set_cached_entries(p_entries jsonb)
returns boolean[]
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
    -- As of before the first store. After one, the transaction's xid is that of the store alone.
    v_written constant boolean := pg_current_xact_id_if_assigned() is not null;
    v_local constant pg_catalog.pg_snapshot := supaopt.local_lease();
    v_lease pg_catalog.pg_snapshot;
    v_stored boolean[];
    e record;
begin
    if jsonb_typeof(p_entries) is distinct from 'array' then
        raise exception using
            errcode = '22023',
            message = 'cache entries are no array',
            hint = 'Pass [{"key": ..., "data": ..., "duration": ..., "tags": [...], "lease": ...}, ...].';
    elsif jsonb_array_length(p_entries) > 100 then
        raise exception using
            errcode = '22023',
            message = format('%s cache entries', jsonb_array_length(p_entries)),
            hint = 'At most 100 in one call, as each holds a lock; store the others in another one.';
    end if;

    if exists (
        select from jsonb_array_elements(p_entries) as a (entry) where not a.entry ? 'data'
    ) then
        raise exception using
            errcode = '22023',
            message = 'a cache entry has no data',
            hint = 'Pass "data": null where null is the value.';
    end if;

    v_stored := array_fill(false, array[jsonb_array_length(p_entries)]);

    -- One order for all callers, so that of two with the same keys one stores most of them.
    for e in
        select r.key, coalesce(r.data, 'null') as data, r.duration, r.tags, r.lease, r.n
        from rows from (
            jsonb_to_recordset(p_entries)
            as (key text, data jsonb, duration interval, tags text[], lease text)
        ) with ordinality as r (key, data, duration, tags, lease, n)
        order by r.key collate "C", r.n
    loop
        perform supaopt.check_entry(e.key, e.data, e.duration, e.tags);

        v_lease := case when e.lease is null and cardinality(e.tags) = 0 then v_local end;
        if e.lease is not null then
            v_lease := supaopt.import_lease(e.lease);
            continue when v_written;
        end if;

        v_stored[e.n] := supaopt.put_entry('shared', e.key, e.data, e.duration, e.tags, v_lease);
    end loop;

    return v_stored;
end
$$;
comment on function public.set_cached_entries(jsonb)
is 'Stores values computed under leases; says of each whether it was stored.';
revoke execute on function public.set_cached_entries(jsonb)
from public, anon, authenticated, service_role;
grant execute on function public.set_cached_entries(jsonb) to service_role;
