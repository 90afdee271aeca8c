-- Purpose: SQL expression for the hash of a tag template, over the table row r. student:{id} ->
--          hash of 'student:' || (r).id::text. Raises 22023 for a template that is not one.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.compile_tag(p_relation regclass, p_tag text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_parts pg_catalog.text[] := regexp_split_to_array(p_tag, '\{[^{}]*\}');
    v_expression pg_catalog.text := quote_literal(v_parts[1]);
    v_column pg_catalog.text;
    v_position integer := 1;
begin
    if v_parts[1] !~ ':$' or array_to_string(v_parts, '') ~ '[{}]' then
        raise exception using
            errcode = '22023',
            message = format('tag template %L is malformed', p_tag),
            hint = 'Start with a literal prefix that ends in a colon and name columns in braces, as in order:{id}.';
    end if;

    for v_column in select m.match[1] from regexp_matches(p_tag, '\{([^{}]*)\}', 'g') as m (match)
    loop
        v_position := v_position + 1;
        perform supaopt.check_tag_column(p_relation, v_column);
        v_expression := format(
            '%s || (r).%I::text || %L', v_expression, v_column, v_parts[v_position]
        );
    end loop;

    return format('(''x'' || substr(md5(%s), 1, 16))::bit(64)::bigint', v_expression);
end
$$;
revoke execute on function supaopt.compile_tag(regclass, text)
from public, anon, authenticated, service_role;
