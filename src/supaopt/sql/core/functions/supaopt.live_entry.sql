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
        and not supaopt.is_killed(e.hashes, e.lease);

    return v_entry;
end
$$;
revoke execute on function supaopt.live_entry(text, text, interval)
from public, anon, authenticated, service_role;
