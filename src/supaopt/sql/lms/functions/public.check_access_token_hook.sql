-- Purpose: raises 55000, saying what is missing, unless the access token hook can do its work: the
--          right to run it and to read its tables, and policies that show it every row. A hook without
--          them gives no error at sign-in, only tokens without a role.
-- Who: the owner and service_role. Locks: none; reads only.
-- Undo: drop function public.check_access_token_hook()

create or replace function public.check_access_token_hook()
returns void
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
    v_admin constant text := 'supabase_auth_admin';
    v_hook constant text := 'public.custom_access_token_hook(jsonb)';
    v_missing text;
begin
    select string_agg(m.what, ', ' order by m.what) into v_missing
    from (
        select format('execute on %s', v_hook) as what
        where not has_function_privilege(v_admin, v_hook, 'execute')
        union all
        select format('select (%s) on %s', c.name, c.relation)
        from (
            values
                ('public.profiles', 'id'),
                ('public.profiles', 'role'),
                ('public.profiles', 'client_id'),
                ('public.profiles', 'is_active'),
                ('public.students', 'id'),
                ('public.students', 'client_id'),
                ('public.students', 'is_active'),
                ('public.students', 'job_readiness_star_level'),
                ('public.students', 'job_readiness_tier')
        ) as c (relation, name)
        where not has_column_privilege(v_admin, c.relation, c.name, 'select')
        union all
        select format('a policy for select to %s using (true) on %s', v_admin, r.oid::regclass)
        from pg_class as r
        where
            r.oid in ('public.profiles'::regclass, 'public.students'::regclass)
            and r.relrowsecurity
            and not exists (
                select
                from pg_policy as p
                where
                    p.polrelid = r.oid
                    and p.polpermissive
                    and p.polcmd in ('r', '*')
                    and v_admin::regrole = any(p.polroles)
                    and pg_get_expr(p.polqual, p.polrelid) = 'true'
            )
    ) as m;

    if v_missing is not null then
        raise exception using
            errcode = '55000',
            message = format('the access token hook lacks: %s', v_missing),
            hint = 'Run lms/functions/public.custom_access_token_hook.sql again.';
    end if;
end
$$;
comment on function public.check_access_token_hook()
is 'Fails, saying what is missing, unless the access token hook can do its work.';
revoke execute on function public.check_access_token_hook()
from public, anon, authenticated, service_role;
grant execute on function public.check_access_token_hook() to service_role;
