-- Purpose: ends every entry that has one of the tags, in all scopes, when this transaction commits.
--          prefix:* ends every entry with a tag of that prefix, * ends all. Returns how many entries
--          that could still be served it ended; none for no tags.
-- Who: service_role. Locks: none that another session waits for; appends to the log.
-- Undo: core/uninstall.sql

create or replace function public.invalidate_cache_by_tags(p_tags text[])
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
    v_hashes constant bigint[] := array(
        select distinct hashtextextended(t.tag collate "C", 0)
        from unnest(p_tags) as t (tag)
        where t.tag is not null
    );
    v_killed integer;
begin
    select count(*)::integer into v_killed
    from supaopt.entries as e
    where
        e.hashes && v_hashes
        and e.expires_at > statement_timestamp()
        and pg_snapshot_xmin(e.lease) >= supaopt.live_floor()
        and not supaopt.is_killed(e.hashes, e.lease);

    insert into supaopt.log (tag)
    select t.tag from unnest(v_hashes) as t (tag)
    on conflict do nothing;

    return v_killed;
end
$$;
comment on function public.invalidate_cache_by_tags(text[])
is 'Ends every cached entry that has one of the tags, when the transaction commits.';
revoke execute on function public.invalidate_cache_by_tags(text[])
from public, anon, authenticated, service_role;
grant execute on function public.invalidate_cache_by_tags(text[]) to service_role;
