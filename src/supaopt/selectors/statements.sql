-- Purpose: the API's reads since the statistics were reset, as one JSON document. Their text holds $1
--          where a value was. PostgREST's own have one row an answer, whatever is in it.
-- Who: a member of pg_read_all_stats, with the extension's schema on the search_path.
-- Locks: none; reads only.
select jsonb_build_object(
    'days', (
        select extract(epoch from now() - i.stats_reset) / 86400 from pg_stat_statements_info as i
    ),
    'forgot', (select i.dealloc > 0 from pg_stat_statements_info as i),
    'statements', coalesce((
        select jsonb_agg(to_jsonb(t))
        from (
            select
                s.query,
                sum(s.calls)::bigint as calls,
                sum(s.rows)::bigint as rows
            from pg_stat_statements as s
            left join pg_catalog.pg_roles as r on r.oid = s.userid
            where
                s.calls > 0
                and s.dbid = (
                    select d.oid from pg_catalog.pg_database as d
                    where d.datname = current_database()
                )
                -- How PostgREST begins, and what other servers send in a caller's name.
                and (
                    s.query like 'WITH pgrst_source AS %'
                    or (
                        r.rolname in ('anon', 'authenticated', 'service_role')
                        and s.query ilike 'select %'
                    )
                )
            group by s.query
        ) as t
    ), '[]')
)::text
