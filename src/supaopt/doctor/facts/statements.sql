-- Purpose: the API's reads that took most time since the statistics were reset. Their text holds $1
--          where a value was.
-- Who: a member of pg_read_all_stats, with the extension's schema on the search_path.
-- Locks: none; reads only.
with mine as (
    select
        s.query,
        bool_or(r.rolname in ('anon', 'authenticated', 'service_role')) as is_callers,
        sum(s.calls) as calls,
        sum(s.rows) as rows,
        sum(s.total_exec_time) as total_ms
    from pg_stat_statements as s
    left join pg_catalog.pg_roles as r on r.oid = s.userid
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
    where
        m.total_ms > 0
        -- How PostgREST begins, and what other servers send in a caller's name.
        and (m.query like 'WITH pgrst_source AS %' or (m.is_callers and m.query ilike 'select %'))
    order by m.total_ms desc
    limit 200
) as t
