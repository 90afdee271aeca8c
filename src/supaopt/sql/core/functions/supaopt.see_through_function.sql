-- Purpose: says which tables a function reads that policies call and whose body is kept as a string,
--          which the catalogue cannot tell. A wrong list leaves answers in the cache that the caller
--          may no longer see: check it against the body.
-- Who: the owner. Locks: none. Undo: delete from supaopt.policy_functions where function = signature

create or replace function supaopt.see_through_function(
    p_function regprocedure, p_relations regclass[]
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
    insert into supaopt.policy_functions as f (function, relations)
    values (p_function::pg_catalog.text, p_relations)
    on conflict (function) do update set relations = excluded.relations;

    perform supaopt.flush();
end
$$;
comment on function supaopt.see_through_function(regprocedure, regclass[])
is 'Says which tables a function reads that policies call.';
revoke execute on function supaopt.see_through_function(regprocedure, regclass[])
from public, anon, authenticated, service_role;
