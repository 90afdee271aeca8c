-- Purpose: the one table of what depends on what: which tags a write to a table ends, and which tables
--          a cached function reads. Triggers and tags of the cached functions come from it, and
--          supaopt.cache.lms is tested equal to it. The first tag is the table's own.
-- Who: the owner. Locks: share row exclusive on each table: waits for writers.
-- Undo: select supaopt.unwatch_table(table) for each, delete from supaopt.cached_functions

do $$
begin
    perform supaopt.watch_table('public.clients', array['clients', 'client:{id}']);
    perform supaopt.watch_table('public.profiles', array['profiles', 'profile:{id}']);
    perform supaopt.watch_table(
        'public.students', array['students', 'student:{id}', 'client:{client_id}']
    );
    perform supaopt.watch_table('public.products', array['products', 'product:{id}']);
    perform supaopt.watch_table(
        'public.client_product_assignments',
        array['client_products', 'client:{client_id}', 'product:{product_id}']
    );
    perform supaopt.watch_table(
        'public.modules', array['modules', 'module:{id}', 'product:{product_id}']
    );
    perform supaopt.watch_table('public.lessons', array['lessons', 'module:{module_id}']);
    perform supaopt.watch_table('public.assessment_questions', array['questions', 'question:{id}']);
    perform supaopt.watch_table(
        'public.assessment_module_questions',
        array['module_questions', 'module:{module_id}', 'question:{question_id}']
    );
    perform supaopt.watch_table(
        'public.assessment_progress',
        array['assessment_progress', 'student:{student_id}', 'module:{module_id}']
    );
    perform supaopt.watch_table(
        'public.student_module_progress',
        array['student_progress', 'student:{student_id}', 'module:{module_id}']
    );
    perform supaopt.watch_table(
        'public.job_readiness_products', array['job_readiness_products', 'product:{product_id}']
    );
    perform supaopt.watch_table(
        'public.job_readiness_expert_sessions', array['expert_sessions', 'session:{id}']
    );
    perform supaopt.watch_table(
        'public.job_readiness_expert_session_products',
        array['expert_session_products', 'session:{expert_session_id}', 'product:{product_id}']
    );
    perform supaopt.watch_table(
        'public.job_readiness_expert_session_progress',
        array['expert_session_progress', 'student:{student_id}', 'session:{expert_session_id}']
    );
    perform supaopt.watch_table(
        'public.job_readiness_submissions',
        array['submissions', 'submission:{id}', 'student:{student_id}', 'module:{module_id}']
    );

    perform supaopt.cache_function(
        'get_expert_sessions_with_stats_cached',
        '1 hour',
        '{
            "public.job_readiness_expert_sessions": [],
            "public.job_readiness_expert_session_products": [],
            "public.job_readiness_expert_session_progress": [],
            "public.products": []
        }'
    );
    perform supaopt.cache_function(
        'get_product_performance_cached',
        '1 hour',
        '{
            "public.client_product_assignments": ["client:{p_client_id}"],
            "public.students": ["client:{p_client_id}"],
            "public.student_module_progress": [],
            "public.modules": [],
            "public.products": []
        }'
    );
    perform supaopt.cache_function(
        'get_student_progress_summary_cached',
        '1 hour',
        '{
            "public.students": ["student:{p_student_id}"],
            "public.student_module_progress": ["student:{p_student_id}"]
        }'
    );
    perform supaopt.cache_function(
        'get_cached_analytics_data',
        '1 hour',
        '{
            "public.client_product_assignments": ["client:{p_client_id}"],
            "public.students": ["client:{p_client_id}"],
            "public.student_module_progress": [],
            "public.job_readiness_expert_session_progress": [],
            "public.modules": [],
            "public.products": []
        }'
    );
end
$$;
