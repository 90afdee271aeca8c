-- Purpose: figures of the cache: the totals, the log, the watched tables with the tag that every
--          write to them logs, and entries, hits and bytes per tag (the 50 with most bytes) and
--          per kind of scope.
-- Who: service_role. Locks: none; reads only. Undo: core/uninstall.sql

create or replace function public.get_cache_metrics()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
    return (
        with entry as materialized (
            select
                e.tags,
                e.stored_at,
                e.expires_at,
                case when e.scope = 'shared' then 'shared' else 'user' end as scope,
                coalesce(h.hits, 0) as hits,
                pg_column_size(e.data) as bytes
            from supaopt.entries as e
            left join supaopt.hits as h on h.scope = e.scope and h.key = e.key
        ),
        by_tag as (
            select t.tag, count(*) as entries, sum(e.hits) as hits, sum(e.bytes) as bytes
            from entry as e, unnest(e.tags) as t (tag)
            group by t.tag
            order by sum(e.bytes) desc, t.tag
            limit 50
        ),
        by_scope as (
            select e.scope, count(*) as entries, sum(e.hits) as hits, sum(e.bytes) as bytes
            from entry as e
            group by e.scope
        )
        select jsonb_build_object(
            'total_entries', count(*),
            'average_hits', coalesce(round(avg(e.hits), 2), 0),
            'max_hits', coalesce(max(e.hits), 0),
            'reused_entries', count(*) filter (where e.hits > 0),
            'oldest_entry', min(e.stored_at),
            'newest_entry', max(e.stored_at),
            'expired_entries', count(*) filter (where e.expires_at <= statement_timestamp()),
            'bytes', coalesce(sum(e.bytes), 0),
            'log_rows', (select count(*) from supaopt.log),
            'watched_tables', (select count(*) from supaopt.watched),
            'watched', coalesce((
                select jsonb_object_agg(n.nspname || '.' || c.relname, supaopt.watched_tag(c.oid))
                from supaopt.watched as w
                join pg_class as c on c.oid = w.relation
                join pg_namespace as n on n.oid = c.relnamespace
                where supaopt.watched_tag(c.oid) is not null
            ), '{}'),
            'by_tag', coalesce((
                select jsonb_object_agg(t.tag, to_jsonb(t) - 'tag') from by_tag as t
            ), '{}'),
            'by_scope', coalesce((
                select jsonb_object_agg(s.scope, to_jsonb(s) - 'scope') from by_scope as s
            ), '{}')
        )
        from entry as e
    );
end
$$;
comment on function public.get_cache_metrics() is 'Figures of the cache: totals, per tag, per scope.';
revoke execute on function public.get_cache_metrics() from public, anon, authenticated, service_role;
grant execute on function public.get_cache_metrics() to service_role;
