-- supaopt.policy_step
begin;
select no_plan();

select has_function('supaopt', 'policy_step', array['oid', 'oid']);
select function_returns('supaopt', 'policy_step', array['oid', 'oid'], 'setof record');
select volatility_is('supaopt', 'policy_step', array['oid', 'oid'], 'stable');
select isnt_definer('supaopt', 'policy_step', array['oid', 'oid']);
select function_privs_are('supaopt', 'policy_step', array['oid', 'oid'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'policy_step', array['oid', 'oid'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'policy_step', array['oid', 'oid'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'policy_step', array['oid', 'oid'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
