-- Purpose: the columns that tag templates name, in order, repeated where they repeat.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.tag_columns(p_tags text[])
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return array(
        select m.match[1]
        from unnest(p_tags) with ordinality as t (tag, position),
            regexp_matches(t.tag, '\{([^{}]*)\}', 'g') with ordinality as m (match, position)
        order by t.position, m.position
    );
end
$$;
revoke execute on function supaopt.tag_columns(text[]) from public, anon, authenticated, service_role;
