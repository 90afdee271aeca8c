-- Purpose: keeps the answer of a cached function in the signed-in caller's own scope.
--          Tags and lifetime come from what supaopt.cache_function declared. False when refused.
-- Who: authenticated, inside read-through functions. Locks: never waits; see supaopt.put_entry.
-- Undo: core/uninstall.sql

create or replace function supaopt.store_user(
    p_function text, p_params jsonb, p_data jsonb, p_lease pg_snapshot
)
returns boolean
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
    return supaopt.put_answer(supaopt.user_scope(), p_function, p_params, p_data, p_lease);
end
$$;
revoke execute on function supaopt.store_user(text, jsonb, jsonb, pg_snapshot)
from public, anon, authenticated, service_role;
grant execute on function supaopt.store_user(text, jsonb, jsonb, pg_snapshot) to authenticated;
