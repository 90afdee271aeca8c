-- Purpose: adds hit counts, {key: count}, that a client has gathered. Keys without an entry are left
--          out. Anything else than an object of whole numbers raises 22023.
-- Who: service_role. Locks: the counted rows, in key order, so that two batches cannot deadlock.
-- Undo: core/uninstall.sql

create or replace function public.record_cache_hits(p_hits jsonb)
returns void
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
    if jsonb_typeof(p_hits) is distinct from 'object' or exists (
        select from jsonb_each_text(p_hits) as h (key, hits)
        where h.hits is null or h.hits !~ '^[0-9]{1,9}$'
    ) then
        raise exception using
            errcode = '22023',
            message = 'p_hits is no object of whole numbers',
            hint = 'Pass {"key": 3, ...}.';
    end if;

    insert into supaopt.hits as c (scope, key, hits)
    select 'shared', h.key, h.hits::bigint
    from jsonb_each_text(p_hits) as h (key, hits)
    where exists (select from supaopt.entries as e where e.scope = 'shared' and e.key = h.key)
    order by h.key
    on conflict (scope, key) do update set
        hits = c.hits + excluded.hits,
        last_hit_at = excluded.last_hit_at;
end
$$;
comment on function public.record_cache_hits(jsonb) is 'Adds hit counts by key.';
revoke execute on function public.record_cache_hits(jsonb)
from public, anon, authenticated, service_role;
grant execute on function public.record_cache_hits(jsonb) to service_role;
