-- supaopt.find_function_problems
begin;
select no_plan();

select has_function('supaopt', 'find_function_problems', array[]::text[]);
select function_returns('supaopt', 'find_function_problems', array[]::text[], 'setof record');
select volatility_is('supaopt', 'find_function_problems', array[]::text[], 'stable');
select isnt_definer('supaopt', 'find_function_problems', array[]::text[]);
select function_privs_are('supaopt', 'find_function_problems', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'find_function_problems', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'find_function_problems', array[]::text[], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'find_function_problems', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
