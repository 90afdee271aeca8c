-- Purpose: the API's reads that took most time since the statistics were reset. Their text holds $1
--          where a value was.
-- Who: a member of pg_read_all_stats, with the extension's schema on the search_path.
-- Locks: none; reads only.
with mine as (
    select
        s.query,
        sum(s.calls) as calls,
        sum(s.rows) as rows,
        sum(s.total_exec_time) as total_ms
    from pg_stat_statements as s
    where
        s.dbid = (
            select d.oid from pg_catalog.pg_database as d
            where d.datname = current_database()
        )
    group by s.query
)

select coalesce(jsonb_agg(to_jsonb(t)), '[]')::text
from (
    select
        left(m.query, 4000) as query,
        m.calls::bigint as calls,
        m.rows::bigint as rows,
        m.total_ms,
        m.total_ms / nullif((select sum(a.total_ms) from mine as a), 0) as share
    from mine as m
    -- How PostgREST begins a read.
    where m.query like 'WITH pgrst_source AS %' and m.total_ms > 0
    order by m.total_ms desc
    limit 200
) as t
