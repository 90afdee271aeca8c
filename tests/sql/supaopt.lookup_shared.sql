-- supaopt.lookup_shared
begin;
select no_plan();

select has_function('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval']);
select function_returns('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval'], 'jsonb');
select volatility_is('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval'], 'stable');
select is_definer('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval']);
select function_privs_are('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval'], 'service_role', array['EXECUTE']);
select function_privs_are('supaopt', 'lookup_shared', array['text', 'jsonb', 'interval'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
