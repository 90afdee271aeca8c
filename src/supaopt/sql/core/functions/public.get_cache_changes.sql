-- Purpose: what a follower that keeps copies must drop: {reset, watermark, changes: [[tag, xid], ...]}
--          with every log row that p_after, an earlier watermark, had not seen. A copy with lease L
--          is dead when one of its hashed tags has xid >= xmax(L) or xid in xip(L). reset: true, with
--          no changes, when p_after is null, of another generation, from the future, below the floor
--          or too long ago: drop everything. Numbers are text: many readers of JSON would round them.
-- Who: service_role, on the primary: a standby raises 55000, as its snapshots list no running
--      transactions. Locks: none. Undo: core/uninstall.sql

create or replace function public.get_cache_changes(p_after text default null)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
    v_limit constant integer := (select s.max_changes from supaopt.settings as s);
    v_after pg_catalog.pg_snapshot;
    v_now pg_catalog.pg_snapshot;
    v_changes pg_catalog.jsonb;
    v_count bigint;
begin
    if pg_is_in_recovery() then
        raise exception using
            errcode = '55000',
            message = 'cache changes cannot be followed on a standby',
            hint = 'Ask the primary: POST, or the URL of the primary.';
    end if;

    if p_after is not null then
        v_after := supaopt.import_lease(p_after);
    end if;

    -- The snapshot and the rows must be of one statement: a whole snapshot as the watermark misses
    -- no late commit and delivers nothing twice.
    select
        pg_current_snapshot(), count(c.tag), jsonb_agg(jsonb_build_array(c.tag::pg_catalog.text, c.xid::pg_catalog.text))
    into v_now, v_count, v_changes
    from (
        (
            -- Ordered, so that a plan that takes most of the log for new still begins at the index.
            select l.tag, l.xid
            from supaopt.log as l
            where l.xid >= pg_snapshot_xmax(v_after)
            order by l.xid
            limit v_limit + 1
        )
        union all
        select l.tag, l.xid
        from supaopt.log as l
        where l.xid = any(array(select pg_snapshot_xip(v_after)))
        limit v_limit + 1
    ) as c;

    if
        v_after is null
        or pg_snapshot_xmin(v_after) < supaopt.live_floor()
        or pg_snapshot_xmax(v_after) > pg_snapshot_xmax(v_now)
        or v_count > v_limit
    then
        return jsonb_build_object(
            'reset', true,
            'watermark', supaopt.generation() || ':' || v_now,
            'changes', jsonb_build_array()
        );
    end if;

    return jsonb_build_object(
        'reset', false,
        'watermark', supaopt.generation() || ':' || v_now,
        'changes', coalesce(v_changes, jsonb_build_array())
    );
end
$$;
comment on function public.get_cache_changes(text)
is 'Tags written to since an earlier watermark, for followers that keep copies.';
revoke execute on function public.get_cache_changes(text)
from public, anon, authenticated, service_role;
grant execute on function public.get_cache_changes(text) to service_role;
