-- supaopt.policy_reads
begin;
select no_plan();

select has_function('supaopt', 'policy_reads', array['regclass[]']);
select function_returns('supaopt', 'policy_reads', array['regclass[]'], 'setof regclass');
select volatility_is('supaopt', 'policy_reads', array['regclass[]'], 'stable');
select isnt_definer('supaopt', 'policy_reads', array['regclass[]']);
select function_privs_are('supaopt', 'policy_reads', array['regclass[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'policy_reads', array['regclass[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'policy_reads', array['regclass[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'policy_reads', array['regclass[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
