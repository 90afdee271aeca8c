-- public.get_expert_sessions_with_stats_cached
begin;
select no_plan();

select has_function('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval']);
select function_returns('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval'], 'jsonb');
select volatility_is('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval'], 'volatile');
select isnt_definer('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval']);
select function_privs_are('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_expert_sessions_with_stats_cached', array['uuid', 'interval'], 'supabase_auth_admin', array[]::text[]);

select is(public.get_expert_sessions_with_stats_cached(), '[]', 'no session is an empty array');

select finish();
rollback;
