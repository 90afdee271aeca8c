-- Purpose: the part of supaopt.find_problems about watched tables.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.find_watch_problems()
returns table (object text, problem text, remedy text)
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select
        w.relation::pg_catalog.text,
        'the watched table is gone',
        format('delete from supaopt.watched where id = %s', w.id)
    from supaopt.watched as w
    where not exists (select from pg_class as c where c.oid = w.relation)
    union all
    select
        w.relation::pg_catalog.text,
        'a trigger is missing or disabled: writes end no entry, and answers may be wrong',
        format('select supaopt.watch_table(%L, %L)', w.root, w.tags)
    from supaopt.watched as w
    inner join pg_class as c on c.oid = w.relation
    where supaopt.watched_tag(w.relation) is null
    union all
    select
        w.relation::pg_catalog.text,
        'a tagged or key column was renamed, dropped or retyped: each write ends prefix:*',
        'watch the table again, with the columns as they are called now'
    from supaopt.watched as w
    inner join pg_class as c on c.oid = w.relation
    inner join pg_proc as f on f.oid = to_regprocedure(format('supaopt.watch_%s()', w.id))
    where strpos(
        f.prosrc,
        format('= %L', supaopt.column_signatures(
            w.relation, supaopt.key_columns(w.relation) || supaopt.tag_columns(w.tags)
        ))
    ) = 0
    union all
    select
        t.relid::pg_catalog.text,
        'a partition of a watched table is not watched: direct writes to it end no entry',
        format('select supaopt.watch_table(%L, %L)', w.root, w.tags)
    from supaopt.watched as w
    cross join pg_partition_tree(w.relation) as t
    where w.relation = w.root and supaopt.watched_tag(t.relid) is null and t.relid <> w.root
    union all
    select
        i.inhrelid::pg_catalog.regclass::pg_catalog.text,
        format('it inherits from %s, which does not watch it', w.relation),
        'watch it as a table of its own, with the same tags'
    from supaopt.watched as w
    inner join pg_inherits as i on i.inhparent = w.relation
    inner join pg_class as c on c.oid = i.inhrelid and not c.relispartition
    where supaopt.watched_tag(i.inhrelid) is null;
end
$$;
revoke execute on function supaopt.find_watch_problems()
from public, anon, authenticated, service_role;
