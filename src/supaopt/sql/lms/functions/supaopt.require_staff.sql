-- Purpose: refuses (42501) a signed-in caller who is not staff of the platform or of a client. Figures
--          over all learners would, under a student's row-level security, count the student alone and
--          still look like figures over all.
-- Who: authenticated and service_role, inside functions. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.require_staff()
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
    if current_user <> 'authenticated' then
        return;
    end if;

    if coalesce(auth.jwt() ->> 'user_role', '') not in ('admin', 'staff', 'client_staff', 'viewer')
    then
        raise exception using
            errcode = '42501',
            message = 'only staff may read these figures',
            hint = 'The token''s user_role must be admin, staff, client_staff or viewer.';
    end if;
end
$$;
revoke execute on function supaopt.require_staff() from public, anon, authenticated, service_role;
grant execute on function supaopt.require_staff() to authenticated, service_role;
