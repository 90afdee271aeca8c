-- supaopt.write_state
begin;
select no_plan();

select has_function('supaopt', 'write_state', array['uuid', 'xid8']);
select function_returns('supaopt', 'write_state', array['uuid', 'xid8'], 'void');
select volatility_is('supaopt', 'write_state', array['uuid', 'xid8'], 'volatile');
select isnt_definer('supaopt', 'write_state', array['uuid', 'xid8']);
select function_privs_are('supaopt', 'write_state', array['uuid', 'xid8'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'write_state', array['uuid', 'xid8'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'write_state', array['uuid', 'xid8'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'write_state', array['uuid', 'xid8'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
