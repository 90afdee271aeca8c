-- Purpose: per product, by name: enrolled learners (students of the clients it is assigned to), active
--          ones, those who started and those who completed all its modules, the average progress over
--          enrolled learners and modules (0 to 100) and the completion rate (0 to 100, of the
--          enrolled). With p_client_id: the products and students of that client. Figures are over
--          the rows that the caller may see.
-- Who: authenticated (staff only, else 42501) and service_role. Locks: none; reads only.
-- Undo: drop function public.calculate_product_performance(uuid)

create or replace function public.calculate_product_performance(p_client_id uuid default null)
returns table (
    product_id uuid,
    product_name text,
    product_type text,
    enrolled_students bigint,
    active_students bigint,
    started_students bigint,
    completed_students bigint,
    average_progress double precision,
    completion_rate double precision
)
language plpgsql
stable
security invoker
set search_path = ''
-- A plan for all clients would add up the progress of all for one.
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    perform supaopt.require_staff();

    return query
    -- One row per product and learner: a student has one client.
    with enrolment as materialized (
        select a.product_id, s.id as student_id, s.is_active
        from public.client_product_assignments as a
        join public.students as s on s.client_id = a.client_id
        where p_client_id is null or a.client_id = p_client_id
    ),
    size as materialized (
        select m.product_id, count(*) as modules
        from public.modules as m
        where m.product_id is not null
        group by m.product_id
    ),
    progress as materialized (
        select
            m.product_id,
            g.student_id,
            sum(g.progress_percentage) as points,
            bool_or(g.status <> 'NotStarted') as started,
            count(*) filter (where g.status = 'Completed') as completed
        from enrolment as e
        join public.modules as m on m.product_id = e.product_id
        join public.student_module_progress as g on g.module_id = m.id and g.student_id = e.student_id
        group by m.product_id, g.student_id
    )
    select
        p.id,
        p.name::text,
        p.type::text,
        count(e.student_id),
        count(e.student_id) filter (where e.is_active),
        count(e.student_id) filter (where g.started),
        count(e.student_id) filter (where g.completed = z.modules),
        coalesce(
            sum(g.points)::double precision / nullif(count(e.student_id) * z.modules, 0), 0
        ),
        coalesce(
            count(e.student_id) filter (where g.completed = z.modules) * 100.0
            / nullif(count(e.student_id), 0),
            0
        )::double precision
    from public.products as p
    left join enrolment as e on e.product_id = p.id
    left join size as z on z.product_id = p.id
    left join progress as g on g.product_id = p.id and g.student_id = e.student_id
    where p_client_id is null or exists (
        select from public.client_product_assignments as a
        where a.product_id = p.id and a.client_id = p_client_id
    )
    group by p.id, p.name, p.type, z.modules
    order by p.name, p.id;
end
$$;
comment on function public.calculate_product_performance(uuid)
is 'Learners, progress and completion per product, of one client or of all.';
revoke execute on function public.calculate_product_performance(uuid)
from public, anon, authenticated, service_role;
grant execute on function public.calculate_product_performance(uuid) to authenticated, service_role;
