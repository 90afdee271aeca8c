-- supaopt.is_hidden_function
begin;
select no_plan();

select has_function('supaopt', 'is_hidden_function', array['oid']);
select function_returns('supaopt', 'is_hidden_function', array['oid'], 'boolean');
select volatility_is('supaopt', 'is_hidden_function', array['oid'], 'stable');
select isnt_definer('supaopt', 'is_hidden_function', array['oid']);
select function_privs_are('supaopt', 'is_hidden_function', array['oid'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'is_hidden_function', array['oid'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'is_hidden_function', array['oid'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'is_hidden_function', array['oid'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
