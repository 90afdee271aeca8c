-- Purpose: what public.get_cache_entry answers, for many keys at once: {lease, entries}. Entries stand
--          in the order of the keys, null for a miss. All of them are judged in one snapshot, which is
--          also the lease to compute the misses under (null where nothing may be stored: on a
--          standby, or after a write in this transaction). p_max_ages null: any age for all.
--          Raises 22023 for keys that are null or more than 1000, and for another number of ages.
-- Who: service_role. Locks: none; reads only. Undo: core/uninstall.sql

create or replace function public.get_cache_entries(
    p_cache_keys text[], p_max_ages interval[] default null
)
returns json
language plpgsql
stable
security definer
set search_path = ''
-- Plans outlive the statistics that they were made by. Made while a table was empty, one would read
-- all of it for each key.
set enable_seqscan = off
set jit = off
as $$
declare
    v_generation constant pg_catalog.text := supaopt.generation();
    v_floor constant pg_catalog.xid8 := supaopt.live_floor();
begin
    if p_cache_keys is null or array_position(p_cache_keys, null) is not null then
        raise exception using
            errcode = '22023',
            message = 'cache keys are null, or one of them is null',
            hint = 'Pass an array of texts.';
    elsif cardinality(p_cache_keys) > 1000 then
        raise exception using
            errcode = '22023',
            message = format('%s cache keys', cardinality(p_cache_keys)),
            hint = 'At most 1000 in one call; ask for the others in another one.';
    elsif cardinality(p_max_ages) <> cardinality(p_cache_keys) then
        raise exception using
            errcode = '22023',
            message = format(
                '%s ages for %s cache keys', cardinality(p_max_ages), cardinality(p_cache_keys)
            ),
            hint = 'Pass one for each key, null for any age; or null in place of the array.';
    end if;

    return (
        select json_build_object(
            'lease', supaopt.export_lease(),
            'entries', coalesce(json_agg(
                case when e.key is not null then json_build_object(
                    'data', e.data,
                    'stored_at', e.stored_at,
                    'expires_at', e.expires_at,
                    'tags', e.tags,
                    'lease', v_generation || ':' || e.lease
                ) end
                order by k.n
            ), '[]')
        )
        from unnest(p_cache_keys, p_max_ages) with ordinality as k (key, max_age, n)
        left join lateral (
            -- The rule of supaopt.live_entry, which takes twice as long to call as to ask. Limits
            -- and orders leave no plan but to go to each key, and to each of its tags, by index.
            select c.*
            from supaopt.entries as c
            where
                c.scope = 'shared'
                and c.key = k.key
                and c.expires_at > statement_timestamp()
                and (k.max_age is null or c.stored_at > statement_timestamp() - k.max_age)
                and pg_snapshot_xmin(c.lease) >= v_floor
                and not exists (
                    select
                    from unnest(c.hashes) as h (tag)
                    -- Mostly nobody has written to the tag since the oldest that may be unseen.
                    cross join lateral (
                        select
                        from supaopt.log as l
                        where
                            (l.tag, l.xid) >= (h.tag, pg_snapshot_xmin(c.lease))
                            and l.tag <= h.tag
                        order by l.tag, l.xid
                        limit 1
                    ) as w
                    cross join lateral (
                        select pg_snapshot_xmax(c.lease) as xid
                        union all
                        select pg_snapshot_xip(c.lease)
                    ) as u
                    cross join lateral (
                        select l.xid
                        from supaopt.log as l
                        where (l.tag, l.xid) >= (h.tag, u.xid) and l.tag <= h.tag
                        order by l.tag, l.xid
                        limit 1
                    ) as x
                    where x.xid = u.xid or u.xid = pg_snapshot_xmax(c.lease)
                )
            limit 1
        ) as e on true
    );
end
$$;
comment on function public.get_cache_entries(text[], interval[])
is 'Cached entries of many keys with their leases, and the lease to compute the others under.';
revoke execute on function public.get_cache_entries(text[], interval[])
from public, anon, authenticated, service_role;
grant execute on function public.get_cache_entries(text[], interval[]) to service_role;
