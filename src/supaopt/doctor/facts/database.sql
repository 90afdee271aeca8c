-- Purpose: the server, the role that asks, and which of the other queries make sense here.
-- Who: any role. Locks: none; reads only.
with cache as (
    select c.relowner
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = 'supaopt' and c.relname = 'installed'
)

select jsonb_build_object(
    'version', current_setting('server_version_num')::integer,
    'role', current_user,
    'now', extract(epoch from clock_timestamp()),
    -- What is set for one database goes before what is set for all of them.
    'api_schemas', (
        select split_part(c.setting, '=', 2)
        from pg_catalog.pg_db_role_setting as d
        inner join pg_catalog.pg_roles as r on r.oid = d.setrole and r.rolname = 'authenticator'
        cross join unnest(d.setconfig) as c (setting)
        where
            c.setting like 'pgrst.db_schemas=%'
            and d.setdatabase in (
                0, (
                    select b.oid from pg_catalog.pg_database as b
                    where b.datname = current_database()
                )
            )
        order by d.setdatabase desc
        limit 1
    ),
    -- to_regclass would fail for a role that may not use the schema.
    'has_cache', exists (select from cache),
    -- Others than the owner see no row of its tables.
    'owns_cache', exists (
        select from cache as c
        where pg_has_role(c.relowner, 'usage')
    ),
    'has_hook_check', exists (
        select
        from pg_catalog.pg_proc as p
        where
            p.proname = 'check_access_token_hook'
            and p.pronamespace = (
                select n.oid from pg_catalog.pg_namespace as n
                where n.nspname = 'public'
            )
            and p.pronargs = 0
    ),
    'has_cron', exists (
        select
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'cron' and c.relname = 'job'
    ),
    'statements_schema', (
        select n.nspname
        from pg_catalog.pg_extension as e
        inner join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
        where e.extname = 'pg_stat_statements'
    ),
    'sees_statements', pg_has_role('pg_read_all_stats', 'usage')
)::text
