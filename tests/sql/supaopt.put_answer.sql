-- supaopt.put_answer
begin;
select no_plan();

select has_function('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot']);
select function_returns('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot'], 'boolean');
select volatility_is('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot'], 'volatile');
select isnt_definer('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot']);
select function_privs_are('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'put_answer', array['text', 'text', 'jsonb', 'jsonb', 'pg_snapshot'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
