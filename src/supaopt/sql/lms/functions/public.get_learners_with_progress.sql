-- Purpose: one page of students, newest first, with client and progress, in place of a query per
--          student. Next page: p_after_created_at and p_after_id of the last row. p_search matches
--          part of name or email. average_progress is over the modules the learner has progress in,
--          null where there is none.
-- Who: authenticated (the students it may see) and service_role. Locks: none; reads only.
-- Undo: drop function public.get_learners_with_progress(uuid, text, boolean, timestamptz, uuid, integer)

create or replace function public.get_learners_with_progress(
    p_client_id uuid default null,
    p_search text default null,
    p_is_active boolean default null,
    p_after_created_at timestamptz default null,
    p_after_id uuid default null,
    p_limit integer default 50
)
returns table (
    id uuid,
    full_name text,
    email text,
    client_id uuid,
    client_name text,
    is_active boolean,
    job_readiness_star_level text,
    job_readiness_tier text,
    last_login_at timestamptz,
    created_at timestamptz,
    started_modules bigint,
    completed_modules bigint,
    average_progress double precision,
    last_progress_at timestamptz
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
    perform supaopt.check_page(p_limit, p_after_created_at, p_after_id);

    return query
    -- The page first, so that progress is added up for its students alone.
    with page as materialized (
        select s.*
        from public.students as s
        where
            (p_client_id is null or s.client_id = p_client_id)
            and (p_is_active is null or s.is_active = p_is_active)
            and (
                p_search is null
                or strpos(lower(s.full_name), lower(p_search)) > 0
                or strpos(lower(s.email), lower(p_search)) > 0
            )
            and (p_after_id is null or (s.created_at, s.id) < (p_after_created_at, p_after_id))
        order by s.created_at desc, s.id desc
        limit p_limit
    )
    select
        s.id,
        s.full_name::text,
        s.email::text,
        s.client_id,
        c.name::text,
        s.is_active,
        s.job_readiness_star_level::text,
        s.job_readiness_tier::text,
        s.last_login_at,
        s.created_at,
        g.started,
        g.completed,
        g.average,
        g.updated_at
    from page as s
    left join public.clients as c on c.id = s.client_id
    cross join lateral (
        select
            count(*) filter (where x.status <> 'NotStarted') as started,
            count(*) filter (where x.status = 'Completed') as completed,
            avg(x.progress_percentage)::double precision as average,
            max(x.updated_at) as updated_at
        from public.student_module_progress as x
        where x.student_id = s.id
    ) as g
    order by s.created_at desc, s.id desc;
end
$$;
comment on function public.get_learners_with_progress(
    uuid, text, boolean, timestamptz, uuid, integer
) is 'A page of students, newest first, with client and progress.';
revoke execute on function public.get_learners_with_progress(
    uuid, text, boolean, timestamptz, uuid, integer
) from public, anon, authenticated, service_role;
grant execute on function public.get_learners_with_progress(
    uuid, text, boolean, timestamptz, uuid, integer
) to authenticated, service_role;
