-- Purpose: removes everything that the lms set installed, and stops watching its tables. The tables
--          themselves and their rows stay. Run it before core/uninstall.sql.
-- Who: the owner. Locks: access exclusive on each table, briefly. Undo: install again.

do $$
declare
    v_table regclass;
begin
    for v_table in
        select t.relation::regclass
        from unnest(array[
            'public.clients', 'public.profiles', 'public.students', 'public.products',
            'public.client_product_assignments', 'public.modules', 'public.lessons',
            'public.assessment_questions', 'public.assessment_module_questions',
            'public.assessment_progress', 'public.student_module_progress',
            'public.job_readiness_products', 'public.job_readiness_expert_sessions',
            'public.job_readiness_expert_session_products',
            'public.job_readiness_expert_session_progress', 'public.job_readiness_submissions'
        ]) as t (relation)
        where to_regclass(t.relation) is not null
    loop
        perform supaopt.unwatch_table(v_table);
    end loop;
end
$$;

delete from supaopt.cached_functions
where name in (
    'get_expert_sessions_with_stats_cached',
    'get_product_performance_cached',
    'get_student_progress_summary_cached',
    'get_cached_analytics_data'
);

drop policy if exists supabase_auth_admin_reads on public.profiles;
drop policy if exists supabase_auth_admin_reads on public.students;
revoke select (id, role, client_id, is_active) on public.profiles from supabase_auth_admin;
revoke select (id, client_id, is_active, job_readiness_star_level, job_readiness_tier)
on public.students from supabase_auth_admin;

-- Only those that the set has created: an index of the user's that did their work has another name.
drop index if exists public.supaopt_students_created_at_id_idx;
drop index if exists public.supaopt_students_client_id_created_at_id_idx;
drop index if exists public.supaopt_student_module_progress_student_id_idx;
drop index if exists public.supaopt_job_readiness_submissions_submitted_at_id_idx;
drop index if exists public.supaopt_job_readiness_submissions_student_id_idx;

drop function if exists public.custom_access_token_hook(jsonb);
drop function if exists public.check_access_token_hook();
drop function if exists public.get_expert_sessions_with_stats(uuid);
drop function if exists public.get_expert_sessions_with_stats_cached(uuid, interval);
drop function if exists public.calculate_product_performance(uuid);
drop function if exists public.get_product_performance_cached(uuid, interval);
drop function if exists public.get_student_progress_summary(uuid);
drop function if exists public.get_student_progress_summary_cached(uuid, interval);
drop function if exists public.get_analytics_data(uuid);
drop function if exists public.get_cached_analytics_data(uuid, interval);
drop function if exists public.get_learners_with_progress(
    uuid, text, boolean, timestamptz, uuid, integer
);
drop function if exists public.get_submissions_with_details(
    text, uuid, timestamptz, uuid, integer
);
drop function if exists public.check_enrollment(uuid, uuid);
drop function if exists public.create_user_and_profile_atomic(uuid, text, text, text, text, uuid);
drop function if exists supaopt.require_staff();
drop function if exists supaopt.check_page(integer, timestamptz, uuid);

delete from supaopt.installed
where path like 'lms/%';
