-- Purpose: cached value of a key, or null. A value that is JSON null comes back as JSON null, which
--          REST cannot tell from a miss: use get_cache_entry where that matters.
-- Who: service_role. Locks: none; reads only. Undo: core/uninstall.sql

create or replace function public.get_cached_data(
    p_cache_key text, p_cache_duration interval default '10 minutes'
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    return (supaopt.live_entry('shared', p_cache_key, p_cache_duration)).data;
end
$$;
comment on function public.get_cached_data(text, interval)
is 'Cached value of a key, at most p_cache_duration old, or null.';
revoke execute on function public.get_cached_data(text, interval)
from public, anon, authenticated, service_role;
grant execute on function public.get_cached_data(text, interval) to service_role;
