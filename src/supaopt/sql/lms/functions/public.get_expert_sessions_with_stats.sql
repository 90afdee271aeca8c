-- Purpose: active expert sessions, newest first, with viewers, completion rate (0 to 100, of the
--          viewers), average watch time (seconds) and all their job-readiness products; with
--          p_product_id those that belong to that job-readiness product. Figures are over the
--          learners whom the caller may see.
-- Who: authenticated (staff only, else 42501) and service_role. Locks: none; reads only.
-- Undo: drop function public.get_expert_sessions_with_stats(uuid)

create or replace function public.get_expert_sessions_with_stats(p_product_id uuid default null)
returns table (
    id uuid,
    title text,
    description text,
    video_url text,
    video_duration integer,
    is_active boolean,
    created_at timestamptz,
    updated_at timestamptz,
    total_viewers bigint,
    completion_rate double precision,
    average_watch_time double precision,
    products jsonb
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
    perform supaopt.require_staff();

    -- Progress is added up before anything is joined to it: a session with three products would
    -- otherwise count each viewer three times. One viewer has one row per session (unique). It does
    -- not ask which sessions are active: a scan that refers to another with-query cannot be parallel,
    -- and took four times as long.
    return query
    with watched as materialized (
        select
            g.expert_session_id,
            count(*) as viewers,
            count(*) filter (where g.is_completed) as completed,
            avg(g.watch_time_seconds) as watch_time
        from public.job_readiness_expert_session_progress as g
        where p_product_id is null or g.expert_session_id in (
            select x.expert_session_id
            from public.job_readiness_expert_session_products as x
            where x.product_id = p_product_id
        )
        group by g.expert_session_id
    )
    select
        s.id,
        s.title::text,
        s.description::text,
        s.video_url::text,
        s.video_duration::integer,
        s.is_active,
        s.created_at::timestamptz,
        s.updated_at::timestamptz,
        coalesce(w.viewers, 0),
        coalesce(w.completed * 100.0 / w.viewers, 0)::double precision,
        coalesce(w.watch_time, 0)::double precision,
        coalesce(l.products, '[]')
    from public.job_readiness_expert_sessions as s
    left join watched as w on w.expert_session_id = s.id
    left join lateral (
        select
            jsonb_agg(
                jsonb_build_object('id', p.id, 'name', p.name, 'type', p.type)
                order by p.name, p.id
            ) as products
        from public.job_readiness_expert_session_products as x
        join public.products as p on p.id = x.product_id and p.type = 'JOB_READINESS'
        where x.expert_session_id = s.id
    ) as l on true
    where s.is_active and (
        p_product_id is null or exists (
            select
            from public.job_readiness_expert_session_products as x
            join public.products as p on p.id = x.product_id and p.type = 'JOB_READINESS'
            where x.expert_session_id = s.id and x.product_id = p_product_id
        )
    )
    order by s.created_at desc, s.id;
end
$$;
comment on function public.get_expert_sessions_with_stats(uuid)
is 'Active expert sessions with viewers, completion rate, watch time and products.';
revoke execute on function public.get_expert_sessions_with_stats(uuid)
from public, anon, authenticated, service_role;
grant execute on function public.get_expert_sessions_with_stats(uuid) to authenticated, service_role;
