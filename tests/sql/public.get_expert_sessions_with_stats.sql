-- public.get_expert_sessions_with_stats
begin;
select no_plan();

select has_function('public', 'get_expert_sessions_with_stats', array['uuid']);
select function_returns('public', 'get_expert_sessions_with_stats', array['uuid'], 'setof record');
select volatility_is('public', 'get_expert_sessions_with_stats', array['uuid'], 'stable');
select isnt_definer('public', 'get_expert_sessions_with_stats', array['uuid']);
select function_privs_are('public', 'get_expert_sessions_with_stats', array['uuid'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_expert_sessions_with_stats', array['uuid'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_expert_sessions_with_stats', array['uuid'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_expert_sessions_with_stats', array['uuid'], 'supabase_auth_admin', array[]::text[]);

select is_empty('select * from public.get_expert_sessions_with_stats()', 'no session is no row');
insert into public.job_readiness_expert_sessions (title) values ('seen by nobody');
select results_eq(
    'select title, total_viewers, completion_rate, products'
    ' from public.get_expert_sessions_with_stats()',
    $$ values ('seen by nobody', 0::bigint, 0::float8, '[]'::jsonb) $$,
    'figures of nothing are zero'
);

select finish();
rollback;
