-- supaopt.function_tags
begin;
select no_plan();

select has_function('supaopt', 'function_tags', array['text', 'jsonb', 'boolean']);
select function_returns('supaopt', 'function_tags', array['text', 'jsonb', 'boolean'], 'text[]');
select volatility_is('supaopt', 'function_tags', array['text', 'jsonb', 'boolean'], 'stable');
select isnt_definer('supaopt', 'function_tags', array['text', 'jsonb', 'boolean']);
select function_privs_are('supaopt', 'function_tags', array['text', 'jsonb', 'boolean'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'function_tags', array['text', 'jsonb', 'boolean'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'function_tags', array['text', 'jsonb', 'boolean'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'function_tags', array['text', 'jsonb', 'boolean'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
