-- Purpose: the indexes that the functions of this set need, each where no index does its work already:
--          a valid one over the whole table whose first columns are the same. What each brings and
--          costs is in docs/concepts/indexes.md. A table or column that is not there is left out.
-- Who: the owner. Undo: lms/uninstall.sql
-- Locks: share on a table while its index is built: waits for writers and keeps them waiting. On a
--        large table build it beforehand, by create index concurrently under any name: this file then
--        finds it and does nothing.

do $$
declare
    v_index record;
begin
    for v_index in
        select n.name, to_regclass(n.relation) as relation, n.columns
        from (
            values
            -- Pages, newest first: read backwards.
            ('supaopt_students_created_at_id_idx', 'public.students', array['created_at', 'id']),
            (
                'supaopt_students_client_id_created_at_id_idx',
                'public.students',
                array['client_id', 'created_at', 'id']
            ),
            (
                'supaopt_student_module_progress_student_id_idx',
                'public.student_module_progress',
                array['student_id']
            ),
            (
                'supaopt_job_readiness_submissions_submitted_at_id_idx',
                'public.job_readiness_submissions',
                array['submitted_at', 'id']
            ),
            (
                'supaopt_job_readiness_submissions_student_id_idx',
                'public.job_readiness_submissions',
                array['student_id']
            )
        ) as n (name, relation, columns)
        where cardinality(n.columns) = (
            select count(*)
            from pg_attribute as a
            where a.attrelid = to_regclass(n.relation) and a.attname = any(n.columns) and not a.attisdropped
        )
    loop
        continue when exists (
            select
            from pg_index as i
            join pg_class as c on c.oid = i.indexrelid
            join pg_am as m on m.oid = c.relam and m.amname = 'btree'
            cross join lateral (
                -- All ascending or all descending: an index can be read from either end.
                select array_agg(a.attname::text order by k.n) as columns, count(distinct i.indoption[k.n]) as orders
                from generate_series(0, cardinality(v_index.columns) - 1) as k (n)
                join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[k.n]
            ) as first
            where
                i.indrelid = v_index.relation
                and i.indisvalid
                and i.indpred is null
                and i.indnkeyatts >= cardinality(v_index.columns)
                and first.columns = v_index.columns
                and first.orders = 1
        );
        execute format(
            'create index if not exists %I on %s (%s)',
            v_index.name,
            v_index.relation,
            (select string_agg(quote_ident(c.name), ', ') from unnest(v_index.columns) as c (name))
        );
    end loop;
end
$$;
