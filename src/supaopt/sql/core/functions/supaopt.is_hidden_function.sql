-- Purpose: whether nobody knows what a function reads: its body is kept as a string, it is none of the
--          token's functions, and supaopt.see_through_function has not been told.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.is_hidden_function(p_function oid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
    return exists (
        select from pg_proc as f
        inner join pg_language as l on l.oid = f.prolang
        inner join pg_namespace as n on n.oid = f.pronamespace
        where
            f.oid = p_function
            and f.prosqlbody is null
            and l.lanname not in ('c', 'internal')
            and not (n.nspname = 'auth' and f.proname in ('uid', 'jwt', 'role', 'email'))
            and not exists (
                select from supaopt.policy_functions as g where to_regprocedure(g.function) = f.oid
            )
    );
end
$$;
revoke execute on function supaopt.is_hidden_function(oid)
from public, anon, authenticated, service_role;
