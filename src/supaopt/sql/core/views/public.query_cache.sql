-- Purpose: the shared entries under the column names of a plain cache table, to look at.
-- Who: service_role, by its column grants beneath. Locks: none. Undo: core/uninstall.sql

create or replace view public.query_cache with (security_invoker = true) as
select
    md5(e.key)::uuid as id,
    e.key as cache_key,
    e.data as cache_data,
    e.tags as cache_tags,
    e.expires_at,
    e.stored_at as created_at,
    coalesce(h.hits, 0) as hit_count,
    coalesce(h.last_hit_at, e.stored_at) as last_accessed
from supaopt.entries as e
left join supaopt.hits as h on h.scope = e.scope and h.key = e.key
where e.scope = 'shared';
comment on view public.query_cache is 'Shared cache entries. An entry seen here may already be invalidated: read it by get_cached_data.';
revoke all on public.query_cache from public, anon, authenticated, service_role;
grant select on public.query_cache to service_role;
