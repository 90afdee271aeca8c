-- supaopt.live_entry
begin;
select no_plan();

select has_function('supaopt', 'live_entry', array['text', 'text', 'interval']);
select function_returns('supaopt', 'live_entry', array['text', 'text', 'interval'], 'supaopt.entries');
select volatility_is('supaopt', 'live_entry', array['text', 'text', 'interval'], 'stable');
select isnt_definer('supaopt', 'live_entry', array['text', 'text', 'interval']);
select function_privs_are('supaopt', 'live_entry', array['text', 'text', 'interval'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'live_entry', array['text', 'text', 'interval'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'live_entry', array['text', 'text', 'interval'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'live_entry', array['text', 'text', 'interval'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
