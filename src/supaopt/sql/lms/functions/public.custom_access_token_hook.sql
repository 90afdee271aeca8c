-- Purpose: adds to an access token what routes and policies ask for: user_role (lower-case, words
--          joined by _), client_id, profile_is_active, is_student, job_readiness_star_level and
--          job_readiness_tier. A profile goes before a student row. Who has neither gets no role and
--          is not active. Two look-ups by primary key.
-- Who: supabase_auth_admin. It needs the grants and policies at the end of this file: without them
--      row-level security would hide every row and turn an administrator into nobody.
--      public.check_access_token_hook() fails loudly when they are missing.
-- Locks: none; reads only. Undo: drop function public.custom_access_token_hook(jsonb)

create or replace function public.custom_access_token_hook(event jsonb)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
    v_user constant uuid := (event ->> 'user_id')::uuid;
    v_role text;
    v_claims jsonb;
begin
    select
        p.role,
        jsonb_build_object(
            'client_id', p.client_id,
            'profile_is_active', coalesce(p.is_active, false),
            'is_student', false
        )
    into v_role, v_claims
    from public.profiles as p
    where p.id = v_user;

    if not found then
        select
            'student',
            jsonb_build_object(
                'client_id', s.client_id,
                'profile_is_active', coalesce(s.is_active, true),
                'is_student', true,
                'job_readiness_star_level', s.job_readiness_star_level,
                'job_readiness_tier', s.job_readiness_tier
            )
        into v_role, v_claims
        from public.students as s
        where s.id = v_user;
    end if;

    v_claims := coalesce(
        v_claims, jsonb_build_object('profile_is_active', false, 'is_student', false)
    ) || jsonb_build_object('user_role', replace(lower(btrim(v_role)), ' ', '_'));

    -- What an earlier token said must not outlive the row that said it.
    return jsonb_set(
        event,
        '{claims}',
        (
            coalesce(event -> 'claims', '{}') - array[
                'user_role', 'client_id', 'profile_is_active', 'is_student',
                'job_readiness_star_level', 'job_readiness_tier'
            ]
        ) || jsonb_strip_nulls(v_claims)
    );
end
$$;
comment on function public.custom_access_token_hook(jsonb)
is 'Supabase Auth hook: puts role, client and standing of the user into the access token.';
revoke execute on function public.custom_access_token_hook(jsonb)
from public, anon, authenticated, service_role;
grant execute on function public.custom_access_token_hook(jsonb) to supabase_auth_admin;

do $$
begin
    if not has_schema_privilege('supabase_auth_admin', 'public', 'usage') then
        grant usage on schema public to supabase_auth_admin;
    end if;
end
$$;
grant select (id, role, client_id, is_active) on public.profiles to supabase_auth_admin;
grant select (id, client_id, is_active, job_readiness_star_level, job_readiness_tier)
on public.students to supabase_auth_admin;

drop policy if exists supabase_auth_admin_reads on public.profiles;
create policy supabase_auth_admin_reads on public.profiles
for select to supabase_auth_admin using (true);
drop policy if exists supabase_auth_admin_reads on public.students;
create policy supabase_auth_admin_reads on public.students
for select to supabase_auth_admin using (true);
