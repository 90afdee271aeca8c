-- Purpose: tags of a cached function's answer: of each table it reads, the declared templates filled
--          from its parameters, or the table's own tag; for a user's answer also the own tags of the
--          tables that policies read: a membership row removed changes what the user may see. Null
--          (not cacheable) when one of these tables is not watched, or a policy is opaque.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.function_tags(p_function text, p_params jsonb, p_as_user boolean)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
    v_relations constant pg_catalog.regclass[] := array(
        select r.relation from supaopt.cached_function_reads as r where r.name = p_function
    );
    v_tags pg_catalog.text[];
begin
    v_tags := array(
        select distinct f.tag
        from supaopt.cached_function_reads as r,
            supaopt.fill_tags(r.tags, p_params, supaopt.watched_tag(r.relation)) as f (tag)
        where r.name = p_function
    );

    if p_as_user then
        v_tags := array(
            select unnest(v_tags)
            union
            select supaopt.watched_tag(p.relation) from supaopt.policy_reads(v_relations) as p
        );
    end if;

    if cardinality(v_tags) = 0 or array_position(v_tags, null) is not null then
        return null;
    end if;

    return v_tags;
end
$$;
revoke execute on function supaopt.function_tags(text, jsonb, boolean)
from public, anon, authenticated, service_role;
