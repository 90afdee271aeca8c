-- Purpose: hashes of the tags that name no column.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.literal_hashes(p_tags text[])
returns bigint[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return array(
        select distinct hashtextextended(t.tag collate "C", 0)
        from unnest(p_tags) as t (tag)
        where t.tag !~ '[{}]'
        order by 1
    );
end
$$;
revoke execute on function supaopt.literal_hashes(text[])
from public, anon, authenticated, service_role;
