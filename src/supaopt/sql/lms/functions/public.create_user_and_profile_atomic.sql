-- Purpose: all rows of a new user in one transaction: a profile, or a student with a NotStarted
--          progress row for each module of its client's products. The Auth user comes first (its id is
--          p_user_id); if this fails, delete it again. Safe to retry: a user who is there already, with
--          the same role and client, is left as it is. Returns {user_id, user_role, created}.
--          22023 for a role that does not exist or a client that is missing; 23503 for a client that
--          does not exist; 23505 for a user who is there with another role or client.
-- Who: service_role. Locks: none that others wait for, but the new rows.
-- Undo: drop function public.create_user_and_profile_atomic(uuid, text, text, text, text, uuid)

create or replace function public.create_user_and_profile_atomic(
    p_user_id uuid,
    p_role text,
    p_full_name text,
    p_email text default null,
    p_phone_number text default null,
    p_client_id uuid default null
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
    v_role constant text := replace(lower(btrim(p_role)), ' ', '_');
    v_created boolean;
begin
    if p_user_id is null or v_role is null
        or v_role not in ('admin', 'staff', 'client_staff', 'viewer', 'student')
    then
        raise exception using
            errcode = '22023',
            message = format('cannot create user %s with role %L', p_user_id, p_role),
            hint = 'Pass the id of the Auth user, and admin, staff, client_staff, viewer or student.';
    elsif p_client_id is null and v_role in ('client_staff', 'viewer', 'student') then
        raise exception using
            errcode = '22023',
            message = format('a user with role %L needs a client', p_role),
            hint = 'Pass p_client_id.';
    end if;

    if v_role = 'student' then
        insert into public.students (id, full_name, email, phone_number, client_id)
        values (p_user_id, p_full_name, p_email, p_phone_number, p_client_id)
        on conflict (id) do nothing;
        v_created := found;

        insert into public.student_module_progress (student_id, module_id)
        select p_user_id, m.id
        from public.modules as m
        join public.client_product_assignments as a on a.product_id = m.product_id
        where a.client_id = p_client_id and v_created
        on conflict (student_id, module_id) do nothing;
    else
        insert into public.profiles (id, full_name, role, client_id)
        values (p_user_id, p_full_name, initcap(replace(v_role, '_', ' ')), p_client_id)
        on conflict (id) do nothing;
        v_created := found;
    end if;

    if exists (
        select from public.students as s
        where
            s.id = p_user_id
            and (v_role <> 'student' or s.client_id is distinct from p_client_id)
    ) or exists (
        select from public.profiles as p
        where
            p.id = p_user_id
            and (
                replace(lower(btrim(p.role)), ' ', '_') is distinct from v_role
                or p.client_id is distinct from p_client_id
            )
    ) then
        raise exception using
            errcode = '23505',
            message = format('user %s exists with another role or client', p_user_id),
            hint = 'Change the existing rows instead.';
    end if;

    return jsonb_build_object('user_id', p_user_id, 'user_role', v_role, 'created', v_created);
end
$$;
comment on function public.create_user_and_profile_atomic(uuid, text, text, text, text, uuid)
is 'Creates a profile, or a student with its progress rows, for a new Auth user.';
revoke execute on function public.create_user_and_profile_atomic(
    uuid, text, text, text, text, uuid
) from public, anon, authenticated, service_role;
grant execute on function public.create_user_and_profile_atomic(
    uuid, text, text, text, text, uuid
) to service_role;
