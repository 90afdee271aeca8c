-- Purpose: tag templates filled from parameters, student:{p_student_id} -> student:1; the table's own
--          tag where there is no template or a parameter is null. Null for a table without own tag
--          (not watched), whatever the templates say.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.fill_tags(p_templates text[], p_params jsonb, p_table_tag text)
returns setof text
language plpgsql
immutable
set search_path = ''
as $$
declare
    v_tag pg_catalog.text;
    v_name pg_catalog.text;
begin
    if p_table_tag is null or cardinality(p_templates) = 0 then
        return next p_table_tag;
        return;
    end if;

    foreach v_tag in array p_templates
    loop
        for v_name in select m.match[1] from regexp_matches(v_tag, '\{([^{}]*)\}', 'g') as m (match)
        loop
            v_tag := replace(v_tag, '{' || v_name || '}', p_params ->> v_name);
        end loop;
        return next coalesce(v_tag, p_table_tag);
    end loop;
end
$$;
revoke execute on function supaopt.fill_tags(text[], jsonb, text)
from public, anon, authenticated, service_role;
