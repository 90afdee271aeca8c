-- Purpose: key of a cached function's answer; keys that would be too long end in a hash.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.function_key(p_function text, p_params jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_params constant pg_catalog.text := p_params::pg_catalog.text;
begin
    if char_length(v_params) > 256 then
        return p_function || '(' || encode(sha256(convert_to(v_params, 'UTF8')), 'hex') || ')';
    end if;

    return p_function || '(' || v_params || ')';
end
$$;
revoke execute on function supaopt.function_key(text, jsonb)
from public, anon, authenticated, service_role;
