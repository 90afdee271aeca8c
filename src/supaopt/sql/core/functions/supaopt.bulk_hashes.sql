-- Purpose: hashes that stand for every row of a table: its literal tags, and prefix:* for templates.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.bulk_hashes(p_tags text[])
returns bigint[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return array(
        select distinct hashtextextended(b.tag collate "C", 0)
        from (
            select case when t.tag ~ '[{}]' then split_part(t.tag, ':', 1) || ':*' else t.tag end as tag
            from unnest(p_tags) as t (tag)
        ) as b
        order by 1
    );
end
$$;
revoke execute on function supaopt.bulk_hashes(text[])
from public, anon, authenticated, service_role;
