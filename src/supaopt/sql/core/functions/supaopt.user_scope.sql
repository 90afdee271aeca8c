-- Purpose: scope of the signed-in caller: a hash of everything in the token that a policy may read, so
--          that a changed role or tenant starts a new scope. Null (not cached) without a subject.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.user_scope()
returns text
language plpgsql
stable
-- Not '': the functions in schema auth set no path of their own, and with an empty one a caller's
-- temporary type would be found before the built-in types that they name.
set search_path = pg_catalog, pg_temp
as $$
declare
    v_user constant pg_catalog.uuid := auth.uid();
    v_claims pg_catalog.jsonb := auth.jwt();
    v_named constant pg_catalog.text[] := (select s.scope_claims from supaopt.settings as s);
begin
    if v_named is null then
        v_claims := v_claims - array['iat', 'exp', 'nbf', 'jti'];
    else
        v_claims := (
            select jsonb_object_agg(n.name, v_claims -> n.name) from unnest(v_named) as n (name)
        );
    end if;

    return 'u:' || encode(
        sha256(convert_to(v_claims::pg_catalog.text || ' ' || v_user::pg_catalog.text, 'UTF8')), 'hex'
    );
end
$$;
revoke execute on function supaopt.user_scope() from public, anon, authenticated, service_role;
