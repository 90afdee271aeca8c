-- Purpose: entry that may be served to the caller now, or a null row. p_max_age null: any age.
-- Who: internal, as it takes a scope. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.live_entry(p_scope text, p_key text, p_max_age interval)
returns supaopt.entries
language plpgsql
stable
set search_path = ''
as $$
declare
    v_entry supaopt.entries;
begin
    select e.* into v_entry
    from supaopt.entries as e
    where
        e.scope = p_scope
        and e.key = p_key
        and e.expires_at > statement_timestamp()
        and (p_max_age is null or e.stored_at > statement_timestamp() - p_max_age)
        and pg_snapshot_xmin(e.lease) >= (
            select s.floor from supaopt.state as s where s.xmin = s.self and s.tableoid = s.home
        )
        -- supaopt.is_killed asks the same; here to call it would take longer than to ask.
        and not exists (
            select from supaopt.log as l
            where l.tag = any(e.hashes) and l.xid >= pg_snapshot_xmax(e.lease)
        )
        and (
            pg_snapshot_xmin(e.lease) = pg_snapshot_xmax(e.lease)
            or not exists (
                select from supaopt.log as l
                where l.tag = any(e.hashes) and l.xid = any(array(select pg_snapshot_xip(e.lease)))
            )
        );

    return v_entry;
end
$$;
revoke execute on function supaopt.live_entry(text, text, interval)
from public, anon, authenticated, service_role;
