-- public.get_cache_changes
begin;
select no_plan();

select has_function('public', 'get_cache_changes', array['text']);
select function_returns('public', 'get_cache_changes', array['text'], 'jsonb');
select volatility_is('public', 'get_cache_changes', array['text'], 'volatile');
select is_definer('public', 'get_cache_changes', array['text']);
select function_privs_are('public', 'get_cache_changes', array['text'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_cache_changes', array['text'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'get_cache_changes', array['text'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_cache_changes', array['text'], 'supabase_auth_admin', array[]::text[]);

-- Who has no watermark starts anew; who has one is told what came since.
select is(public.get_cache_changes() -> 'reset', 'true', 'without a watermark: start anew');
select is(
    public.get_cache_changes(public.get_cache_changes() ->> 'watermark') -> 'reset',
    'false',
    'with one: go on'
);
select throws_ok($$ select public.get_cache_changes('nonsense') $$, '22023');

select finish();
rollback;
