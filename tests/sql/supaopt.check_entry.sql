-- supaopt.check_entry
begin;
select no_plan();

select has_function('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]']);
select function_returns('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]'], 'void');
select volatility_is('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]'], 'stable');
select isnt_definer('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]']);
select function_privs_are('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'check_entry', array['text', 'jsonb', 'interval', 'text[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
