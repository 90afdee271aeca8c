-- Purpose: whether a policy, view or function may depend on something that neither pg_depend nor
--          supaopt.policy_functions tells: a body kept as a string, a setting that is not the token,
--          or the clock, which changes answers without a write. The token's own functions in schema
--          auth are not opaque: the scope holds what they read.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.is_opaque(p_class oid, p_id oid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
    v_settings constant pg_catalog.text := 'current_setting\((?!''request\.jwt\.)';
    v_clocks constant pg_catalog.text :=
        '\m(now|(transaction|statement|clock)_timestamp|timeofday|random)\(|CURRENT_(DATE|TIME)|LOCALTIME';
    v_code pg_catalog.text;
begin
    if p_class = 'pg_catalog.pg_policy'::pg_catalog.regclass then
        v_code := (select pg_get_expr(p.polqual, p.polrelid) from pg_policy as p where p.oid = p_id);
    elsif p_class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass then
        v_code := pg_get_ruledef(p_id);
    elsif p_class = 'pg_catalog.pg_proc'::pg_catalog.regclass then
        if supaopt.is_hidden_function(p_id) then
            return true;
        end if;
        v_code := pg_get_function_sqlbody(p_id);
    end if;

    return coalesce(v_code ~ v_settings or v_code ~ v_clocks, false);
end
$$;
revoke execute on function supaopt.is_opaque(oid, oid) from public, anon, authenticated, service_role;
