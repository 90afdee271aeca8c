-- Purpose: refuses what can never be a good entry, with SQLSTATE 22023 and a hint.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.check_entry(
    p_key text, p_data jsonb, p_lifetime interval, p_tags text[]
)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
    v_limits supaopt.settings;
    v_problem pg_catalog.text;
    v_hint pg_catalog.text;
begin
    select s.* into v_limits from supaopt.settings as s;

    if p_key is null or char_length(p_key) not between 1 and 512 then
        v_problem := format('cache key has %s characters', coalesce(char_length(p_key), 0));
        v_hint := 'A key has 1 to 512 characters; hash the long part of it.';
    elsif p_lifetime is null or p_lifetime <= '0' or p_lifetime > v_limits.max_lifetime then
        v_problem := format('cache duration is %s', coalesce(p_lifetime::pg_catalog.text, 'null'));
        v_hint := format(
            'It must be above 0 and at most %s (supaopt.settings.max_lifetime).', v_limits.max_lifetime
        );
    elsif p_tags is null or array_position(p_tags, null) is not null or '' = any(p_tags) then
        v_problem := 'cache tags are null, or one of them is null or empty';
        v_hint := 'Pass ''{}'' for an entry that only its age ends.';
    elsif cardinality(p_tags) > v_limits.max_tags then
        v_problem := format('an entry has %s tags', cardinality(p_tags));
        v_hint := format('At most %s (supaopt.settings.max_tags).', v_limits.max_tags);
    elsif pg_column_size(p_data) > v_limits.max_data_bytes then
        v_problem := format('cached value has %s bytes', pg_column_size(p_data));
        v_hint := format('At most %s (supaopt.settings.max_data_bytes).', v_limits.max_data_bytes);
    else
        return;
    end if;

    raise exception using errcode = '22023', message = v_problem, hint = v_hint;
end
$$;
revoke execute on function supaopt.check_entry(text, jsonb, interval, text[])
from public, anon, authenticated, service_role;
