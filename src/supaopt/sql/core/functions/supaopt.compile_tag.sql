-- Purpose: SQL expression for a tag over the columns of a row called p_row: student:{id} and n ->
--          'student:' || n.id::text. Null in a column makes it null. Raises 22023 for a template that
--          is none.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.compile_tag(p_relation regclass, p_tag text, p_row text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_literals constant pg_catalog.text[] := regexp_split_to_array(p_tag, '\{[^{}]*\}');
    v_expression pg_catalog.text := quote_literal(v_literals[1]);
    v_column pg_catalog.text;
    v_position integer := 1;
begin
    if array_to_string(v_literals, '') ~ '[{}]' or (p_tag ~ '[{}]' and v_literals[1] !~ ':$') then
        raise exception using
            errcode = '22023',
            message = format('tag template %L is malformed', p_tag),
            hint = 'Start with a literal prefix that ends in a colon and name columns in braces, as in order:{id}.';
    end if;

    foreach v_column in array supaopt.tag_columns(array[p_tag])
    loop
        v_position := v_position + 1;
        perform supaopt.check_tag_column(p_relation, v_column);
        v_expression := format('%s || %s.%I::text', v_expression, p_row, v_column);
        if v_literals[v_position] <> '' then
            v_expression := format('%s || %L', v_expression, v_literals[v_position]);
        end if;
    end loop;

    return v_expression;
end
$$;
revoke execute on function supaopt.compile_tag(regclass, text, text)
from public, anon, authenticated, service_role;
