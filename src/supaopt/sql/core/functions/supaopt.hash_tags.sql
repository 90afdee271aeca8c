-- Purpose: hashes that an entry with these tags is matched by: each tag, the bulk tag of its prefix
--          (student:1 -> student:*) and '*', which supaopt.flush logs.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.hash_tags(p_tags text[])
returns bigint[]
language plpgsql
immutable
set search_path = ''
as $$
begin
    return array(
        select distinct hashtextextended(t.tag collate "C", 0)
        from (
            select '*' as tag
            union all
            select p.tag from unnest(p_tags) as p (tag)
            union all
            select split_part(p.tag, ':', 1) || ':*' from unnest(p_tags) as p (tag)
            where strpos(p.tag, ':') > 0
        ) as t
    );
end
$$;
revoke execute on function supaopt.hash_tags(text[]) from public, anon, authenticated, service_role;
