-- public.record_cache_hits
begin;
select no_plan();

select has_function('public', 'record_cache_hits', array['jsonb']);
select function_returns('public', 'record_cache_hits', array['jsonb'], 'void');
select volatility_is('public', 'record_cache_hits', array['jsonb'], 'volatile');
select is_definer('public', 'record_cache_hits', array['jsonb']);
select function_privs_are('public', 'record_cache_hits', array['jsonb'], 'anon', array[]::text[]);
select function_privs_are('public', 'record_cache_hits', array['jsonb'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'record_cache_hits', array['jsonb'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'record_cache_hits', array['jsonb'], 'supabase_auth_admin', array[]::text[]);

select public.set_cached_data('k', '1', '1 hour');
select public.record_cache_hits('{"k": 2, "none": 7}'), public.record_cache_hits('{"k": 3}');
select results_eq('select key, hits from supaopt.hits', $$ values ('k', 5::bigint) $$, 'they add up');
select throws_ok($$ select public.record_cache_hits('[]') $$, '22023');
select throws_ok($$ select public.record_cache_hits('{"k": -1}') $$, '22023');

select finish();
rollback;
