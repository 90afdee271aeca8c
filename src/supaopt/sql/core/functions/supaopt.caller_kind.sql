-- Purpose: whose answers a read-through function may read and keep: 'user', 'shared' or, for anybody
--          else, null: computed and not cached. It asks current_user, never the setting "role": in a
--          security definer wrapper that one still names the caller, and unfiltered rows would land
--          in the caller's scope. It must therefore stay security invoker.
-- Who: authenticated and service_role, inside read-through functions. Locks: none.
-- Undo: core/uninstall.sql

create or replace function supaopt.caller_kind()
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
    if current_user = 'authenticated' then
        return 'user';
    elsif current_user = 'service_role' then
        return case when auth.jwt() ->> 'sub' is null then 'shared' end;
    end if;

    return null;
end
$$;
revoke execute on function supaopt.caller_kind() from public, anon, authenticated, service_role;
grant execute on function supaopt.caller_kind() to authenticated, service_role;
