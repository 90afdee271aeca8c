-- supaopt.store_user
begin;
select no_plan();

select has_function('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot']);
select function_returns('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot'], 'boolean');
select volatility_is('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot'], 'volatile');
select is_definer('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot']);
select function_privs_are('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot'], 'authenticated', array['EXECUTE']);
select function_privs_are('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'store_user', array['text', 'jsonb', 'jsonb', 'pg_snapshot'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
