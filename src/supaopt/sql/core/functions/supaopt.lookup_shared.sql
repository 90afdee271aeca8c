-- Purpose: answer of a cached function that is kept in the scope that callers of service_role share, or null.
-- Who: service_role, inside read-through functions. Locks: none; reads only. Undo: core/uninstall.sql

create or replace function supaopt.lookup_shared(p_function text, p_params jsonb, p_max_age interval)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    return (
        supaopt.live_entry('shared', supaopt.function_key(p_function, p_params), p_max_age)
    ).data;
end
$$;
revoke execute on function supaopt.lookup_shared(text, jsonb, interval)
from public, anon, authenticated, service_role;
grant execute on function supaopt.lookup_shared(text, jsonb, interval) to service_role;
