-- supaopt.export_lease
begin;
select no_plan();

select has_function('supaopt', 'export_lease', array[]::text[]);
select function_returns('supaopt', 'export_lease', array[]::text[], 'text');
select volatility_is('supaopt', 'export_lease', array[]::text[], 'stable');
select isnt_definer('supaopt', 'export_lease', array[]::text[]);
select function_privs_are('supaopt', 'export_lease', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'export_lease', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'export_lease', array[]::text[], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'export_lease', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
