-- Purpose: {hit, data, stored_at, expires_at, tags, lease}. A hit carries the lease that it was
--          stored with; a miss carries a new one, which set_cached_data asks for after computing
--          (null where nothing may be stored: on a standby, or after a write in this transaction).
-- Who: service_role. Locks: none; reads only. Undo: core/uninstall.sql

create or replace function public.get_cache_entry(
    p_cache_key text, p_max_age interval default null
)
returns json
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
    v_entry supaopt.entries;
begin
    v_entry := supaopt.live_entry('shared', p_cache_key, p_max_age);

    -- Not jsonb: that would take the data apart and put them together again.
    return json_build_object(
        'hit', v_entry.key is not null,
        'data', v_entry.data,
        'stored_at', v_entry.stored_at,
        'expires_at', v_entry.expires_at,
        'tags', v_entry.tags,
        'lease', case
            when v_entry.key is null then supaopt.export_lease()
            else supaopt.generation() || ':' || v_entry.lease
        end
    );
end
$$;
comment on function public.get_cache_entry(text, interval)
is 'Cached entry of a key with its lease; on a miss, the lease to compute under.';
revoke execute on function public.get_cache_entry(text, interval)
from public, anon, authenticated, service_role;
grant execute on function public.get_cache_entry(text, interval) to service_role;
