-- supaopt.literal_hashes
begin;
select no_plan();

select has_function('supaopt', 'literal_hashes', array['text[]']);
select function_returns('supaopt', 'literal_hashes', array['text[]'], 'bigint[]');
select volatility_is('supaopt', 'literal_hashes', array['text[]'], 'immutable');
select isnt_definer('supaopt', 'literal_hashes', array['text[]']);
select function_privs_are('supaopt', 'literal_hashes', array['text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'literal_hashes', array['text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'literal_hashes', array['text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'literal_hashes', array['text[]'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
