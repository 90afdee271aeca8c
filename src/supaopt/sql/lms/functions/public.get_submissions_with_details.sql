-- Purpose: one page of job-readiness submissions, newest first, with student, client, module, product
--          and reviewer, in place of queries per submission. Next page: p_after_submitted_at and
--          p_after_id of the last row. Without content and feedback: read those of one submission.
-- Who: authenticated (the submissions it may see) and service_role. Locks: none; reads only.
-- Undo: drop function public.get_submissions_with_details(text, uuid, timestamptz, uuid, integer)

create or replace function public.get_submissions_with_details(
    p_status text default null,
    p_client_id uuid default null,
    p_after_submitted_at timestamptz default null,
    p_after_id uuid default null,
    p_limit integer default 50
)
returns table (
    id uuid,
    status text,
    score double precision,
    submitted_at timestamptz,
    reviewed_at timestamptz,
    student_id uuid,
    student_name text,
    student_email text,
    client_id uuid,
    client_name text,
    module_id uuid,
    module_name text,
    product_id uuid,
    product_name text,
    reviewer_name text
)
language plpgsql
stable
security invoker
set search_path = ''
-- A plan for all filters at once would read every row before the page.
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    perform supaopt.check_page(p_limit, p_after_submitted_at, p_after_id);

    return query
    select
        b.id,
        b.status::text,
        b.score::double precision,
        b.submitted_at,
        b.reviewed_at,
        b.student_id,
        s.full_name::text,
        s.email::text,
        s.client_id,
        c.name::text,
        b.module_id,
        m.name::text,
        m.product_id,
        p.name::text,
        r.full_name::text
    from public.job_readiness_submissions as b
    left join public.students as s on s.id = b.student_id
    left join public.clients as c on c.id = s.client_id
    left join public.modules as m on m.id = b.module_id
    left join public.products as p on p.id = m.product_id
    left join public.profiles as r on r.id = b.reviewed_by
    where
        (p_status is null or b.status = p_status)
        and (p_client_id is null or s.client_id = p_client_id)
        and (p_after_id is null or (b.submitted_at, b.id) < (p_after_submitted_at, p_after_id))
    order by b.submitted_at desc, b.id desc
    limit p_limit;
end
$$;
comment on function public.get_submissions_with_details(text, uuid, timestamptz, uuid, integer)
is 'A page of submissions, newest first, with student, client, module, product and reviewer.';
revoke execute on function public.get_submissions_with_details(
    text, uuid, timestamptz, uuid, integer
) from public, anon, authenticated, service_role;
grant execute on function public.get_submissions_with_details(
    text, uuid, timestamptz, uuid, integer
) to authenticated, service_role;
