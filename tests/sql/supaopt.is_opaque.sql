-- supaopt.is_opaque
begin;
select no_plan();

select has_function('supaopt', 'is_opaque', array['oid', 'oid']);
select function_returns('supaopt', 'is_opaque', array['oid', 'oid'], 'boolean');
select volatility_is('supaopt', 'is_opaque', array['oid', 'oid'], 'stable');
select isnt_definer('supaopt', 'is_opaque', array['oid', 'oid']);
select function_privs_are('supaopt', 'is_opaque', array['oid', 'oid'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'is_opaque', array['oid', 'oid'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'is_opaque', array['oid', 'oid'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'is_opaque', array['oid', 'oid'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
