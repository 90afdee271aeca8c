-- supaopt.cache_function
begin;
select no_plan();

select has_function('supaopt', 'cache_function', array['text', 'interval', 'jsonb']);
select function_returns('supaopt', 'cache_function', array['text', 'interval', 'jsonb'], 'void');
select volatility_is('supaopt', 'cache_function', array['text', 'interval', 'jsonb'], 'volatile');
select isnt_definer('supaopt', 'cache_function', array['text', 'interval', 'jsonb']);
select function_privs_are('supaopt', 'cache_function', array['text', 'interval', 'jsonb'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'cache_function', array['text', 'interval', 'jsonb'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'cache_function', array['text', 'interval', 'jsonb'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'cache_function', array['text', 'interval', 'jsonb'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
