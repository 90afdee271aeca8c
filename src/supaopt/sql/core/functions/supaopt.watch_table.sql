-- Purpose: logs the tags of every write to a table, so that entries with these tags end when the write
--          commits. Tags are literals (products) or templates over columns (student:{student_id});
--          old and new values count. Returns the table's own tag, which every write logs: the first
--          literal, or table:<schema>.<table> where there is none. All partitions are watched with
--          the table; call it again after adding one. Calling it again replaces the tags.
--          Not seen: logical-replication apply, inheritance children, ATTACH and DETACH of
--          partitions (call supaopt.flush).
-- Who: the owner. Locks: share row exclusive on the table and its partitions: waits for writers.
-- Undo: supaopt.unwatch_table

create or replace function supaopt.watch_table(p_relation regclass, p_tags text[] default '{}')
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_root constant pg_catalog.regclass := coalesce(pg_partition_root(p_relation), p_relation);
    v_literal constant pg_catalog.text := (
        select t.tag
        from unnest(p_tags) with ordinality as t (tag, position)
        where t.tag !~ '[{}]'
        order by t.position
        limit 1
    );
    v_table_tag pg_catalog.text;
    v_tags pg_catalog.text[];
    v_part pg_catalog.regclass;
    v_id integer;
begin
    perform supaopt.check_watchable(v_root, p_tags);

    v_table_tag := coalesce(v_literal, 'table:' || v_root::pg_catalog.text);
    v_tags := array(select distinct t.tag from unnest(p_tags || v_table_tag) as t (tag));

    for v_part in
        select t.relid from pg_partition_tree(v_root) as t
        union
        select v_root
    loop
        insert into supaopt.watched as w (relation, root, tags, table_tag)
        values (v_part, v_root, v_tags, v_table_tag)
        on conflict (relation) do update set
            root = excluded.root,
            tags = excluded.tags,
            table_tag = excluded.table_tag,
            watched_at = excluded.watched_at
        returning w.id into v_id;

        perform supaopt.create_watch_trigger(v_id, v_part, v_tags);
        perform supaopt.attach_watch(v_id, v_part);
    end loop;

    -- A lease taken before the triggers were there has missed the writes until now.
    perform supaopt.flush();

    return v_table_tag;
end
$$;
comment on function supaopt.watch_table(regclass, text[])
is 'Ends entries with these tags when a write to the table commits; returns the table''s own tag.';
revoke execute on function supaopt.watch_table(regclass, text[])
from public, anon, authenticated, service_role;
