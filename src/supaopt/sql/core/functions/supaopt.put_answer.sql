-- Purpose: stores the answer of a declared function, or returns false: unknown function, a table that
--          is not watched, a policy that cannot be seen through, a value over the size limit.
-- Who: internal, as it takes a scope. Locks: never waits; see supaopt.put_entry.
-- Undo: core/uninstall.sql

create or replace function supaopt.put_answer(
    p_scope text, p_function text, p_params jsonb, p_data jsonb, p_lease pg_snapshot
)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_lifetime interval;
    v_tags pg_catalog.text[];
begin
    if p_scope is null or p_data is null or current_setting('transaction_read_only') = 'on' then
        return false;
    end if;

    select least(f.lifetime, s.max_lifetime) into v_lifetime
    from supaopt.cached_functions as f, supaopt.settings as s
    where f.name = p_function and pg_column_size(p_data) <= s.max_data_bytes;

    v_tags := supaopt.function_tags(p_function, p_params, p_scope <> 'shared');
    if v_lifetime is null or v_tags is null then
        return false;
    end if;

    return supaopt.put_entry(
        p_scope,
        supaopt.function_key(p_function, p_params),
        p_data,
        v_lifetime,
        v_tags,
        p_lease
    );
end
$$;
revoke execute on function supaopt.put_answer(text, text, jsonb, jsonb, pg_snapshot)
from public, anon, authenticated, service_role;
