-- public.get_student_progress_summary
begin;
select no_plan();

select has_function('public', 'get_student_progress_summary', array['uuid']);
select function_returns('public', 'get_student_progress_summary', array['uuid'], 'jsonb');
select volatility_is('public', 'get_student_progress_summary', array['uuid'], 'stable');
select isnt_definer('public', 'get_student_progress_summary', array['uuid']);
select function_privs_are('public', 'get_student_progress_summary', array['uuid'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_student_progress_summary', array['uuid'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_student_progress_summary', array['uuid'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_student_progress_summary', array['uuid'], 'supabase_auth_admin', array[]::text[]);

insert into public.students (id) values ('00000000-0000-0000-0000-000000000001');
select is(
    public.get_student_progress_summary('00000000-0000-0000-0000-000000000001')
    -> 'progress_summary',
    '[]',
    'no progress is an empty array'
);
select is(
    public.get_student_progress_summary('00000000-0000-0000-0000-000000000002'),
    null,
    'an unknown student is null'
);

select finish();
rollback;
