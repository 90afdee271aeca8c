-- supaopt.bulk_hashes
begin;
select no_plan();

select has_function('supaopt', 'bulk_hashes', array['text[]']);
select function_returns('supaopt', 'bulk_hashes', array['text[]'], 'bigint[]');
select volatility_is('supaopt', 'bulk_hashes', array['text[]'], 'immutable');
select isnt_definer('supaopt', 'bulk_hashes', array['text[]']);
select function_privs_are('supaopt', 'bulk_hashes', array['text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'bulk_hashes', array['text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'bulk_hashes', array['text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'bulk_hashes', array['text[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
