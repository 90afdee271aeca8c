-- Purpose: snapshot in an exported lease; null for a lease of another generation. Text that is no
--          lease raises 22023.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.import_lease(p_lease text)
returns pg_snapshot
language plpgsql
stable
set search_path = ''
as $$
begin
    if p_lease !~ '^[0-9a-f]{32}:[0-9]{1,20}:[0-9]{1,20}:[0-9,]*$' then
        raise exception using
            errcode = '22023',
            message = 'p_lease is no lease',
            hint = 'Pass on, unchanged, the lease that get_cache_entry returned before the value was computed.';
    end if;

    if substr(p_lease, 1, 32) is distinct from supaopt.generation() then
        return null;
    end if;

    return substr(p_lease, 34)::pg_catalog.pg_snapshot;
end
$$;
revoke execute on function supaopt.import_lease(text) from public, anon, authenticated, service_role;
