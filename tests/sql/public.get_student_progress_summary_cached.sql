-- public.get_student_progress_summary_cached
begin;
select no_plan();

select has_function('public', 'get_student_progress_summary_cached', array['uuid', 'interval']);
select function_returns('public', 'get_student_progress_summary_cached', array['uuid', 'interval'], 'jsonb');
select volatility_is('public', 'get_student_progress_summary_cached', array['uuid', 'interval'], 'volatile');
select isnt_definer('public', 'get_student_progress_summary_cached', array['uuid', 'interval']);
select function_privs_are('public', 'get_student_progress_summary_cached', array['uuid', 'interval'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_student_progress_summary_cached', array['uuid', 'interval'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_student_progress_summary_cached', array['uuid', 'interval'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_student_progress_summary_cached', array['uuid', 'interval'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
