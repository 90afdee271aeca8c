-- Purpose: whether a policy or function may depend on something that neither pg_depend nor
--          supaopt.policy_functions tells. The token's own functions in schema auth are not opaque:
--          the scope holds what they read.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.is_opaque(p_class oid, p_id oid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    if p_class = 'pg_catalog.pg_policy'::pg_catalog.regclass then
        return exists (
            select from pg_policy as p
            where
                p.oid = p_id
                and pg_get_expr(p.polqual, p.polrelid) ~ 'current_setting\((?!''request\.jwt\.)'
        );
    elsif p_class = 'pg_catalog.pg_proc'::pg_catalog.regclass then
        return exists (
            select from pg_proc as f
            join pg_language as l on l.oid = f.prolang
            join pg_namespace as n on n.oid = f.pronamespace
            where
                f.oid = p_id
                and f.prosqlbody is null
                and l.lanname not in ('c', 'internal')
                and not (n.nspname = 'auth' and f.proname in ('uid', 'jwt', 'role', 'email'))
                and not exists (
                    select from supaopt.policy_functions as g
                    where to_regprocedure(g.function) = f.oid
                )
        );
    end if;

    return false;
end
$$;
revoke execute on function supaopt.is_opaque(oid, oid) from public, anon, authenticated, service_role;
