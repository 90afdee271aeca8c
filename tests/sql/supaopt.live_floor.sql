-- supaopt.live_floor
begin;
select no_plan();

select has_function('supaopt', 'live_floor', array[]::text[]);
select function_returns('supaopt', 'live_floor', array[]::text[], 'xid8');
select volatility_is('supaopt', 'live_floor', array[]::text[], 'stable');
select isnt_definer('supaopt', 'live_floor', array[]::text[]);
select function_privs_are('supaopt', 'live_floor', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'live_floor', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'live_floor', array[]::text[], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'live_floor', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select isnt(supaopt.live_floor(), null, 'the state row vouches for itself');
update supaopt.state set next_at = now();
select is(supaopt.live_floor(), null, 'changed by hand it does not');

select finish();
rollback;
