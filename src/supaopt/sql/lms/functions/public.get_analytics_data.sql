-- Purpose: figures of the platform, or of one client: {generated_at, students, progress,
--          expert_sessions, products}. Figures are over the rows that the caller may see.
-- Who: authenticated (staff only, else 42501) and service_role. Locks: none; reads only.
-- Undo: drop function public.get_analytics_data(uuid)

create or replace function public.get_analytics_data(p_client_id uuid default null)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
-- A plan for all clients would add up the progress of all for one.
set plan_cache_mode = force_custom_plan
as $$
begin
    perform supaopt.require_staff();

    return jsonb_build_object(
        'generated_at', clock_timestamp(),
        'students', (
            select jsonb_build_object('total', count(*), 'active', count(*) filter (where s.is_active))
            from public.students as s
            where p_client_id is null or s.client_id = p_client_id
        ),
        'progress', (
            select
                jsonb_build_object(
                    'started', count(*) filter (where g.status <> 'NotStarted'),
                    'completed', count(*) filter (where g.status = 'Completed'),
                    'average_progress', coalesce(round(avg(g.progress_percentage), 2), 0)
                )
            from public.student_module_progress as g
            join public.students as s on s.id = g.student_id
            where p_client_id is null or s.client_id = p_client_id
        ),
        'expert_sessions', (
            select
                jsonb_build_object(
                    'viewers', count(distinct g.student_id),
                    'views', count(*),
                    'completed', count(*) filter (where g.is_completed),
                    'watch_time_seconds', coalesce(sum(g.watch_time_seconds), 0)
                )
            from public.job_readiness_expert_session_progress as g
            join public.students as s on s.id = g.student_id
            where p_client_id is null or s.client_id = p_client_id
        ),
        'products', (
            select coalesce(jsonb_agg(to_jsonb(p) order by p.product_name, p.product_id), '[]')
            from public.calculate_product_performance(p_client_id) as p
        )
    );
end
$$;
comment on function public.get_analytics_data(uuid) is 'Figures of the platform, or of one client.';
revoke execute on function public.get_analytics_data(uuid)
from public, anon, authenticated, service_role;
grant execute on function public.get_analytics_data(uuid) to authenticated, service_role;
