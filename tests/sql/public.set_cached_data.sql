-- public.set_cached_data
begin;
select no_plan();

select has_function('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text']);
select function_returns('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text'], 'boolean');
select volatility_is('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text'], 'volatile');
select is_definer('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text']);
select function_privs_are('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text'], 'anon', array[]::text[]);
select function_privs_are('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'set_cached_data', array['text', 'jsonb', 'interval', 'text[]', 'text'], 'supabase_auth_admin', array[]::text[]);

-- What can never be right is refused with a hint, what came too late with false.
select is(public.set_cached_data('k', '1', '1 hour'), true, 'an untagged value needs no lease');
select is(
    public.set_cached_data('tagged', '1', '1 hour', array['t']), false, 'a tagged one does'
);
select throws_ok($$ select public.set_cached_data('', '1', '1 hour') $$, '22023');
select throws_ok($$ select public.set_cached_data(null, '1', '1 hour') $$, '22023');
select throws_ok($$ select public.set_cached_data('k', '1', null) $$, '22023');
select throws_ok($$ select public.set_cached_data('k', '1', '-1 hour') $$, '22023');
select throws_ok($$ select public.set_cached_data('k', '1', '1000 years') $$, '22023');
select throws_ok($$ select public.set_cached_data('k', '1', '1 hour', null) $$, '22023');
select throws_ok($$ select public.set_cached_data('k', '1', '1 hour', array[null]) $$, '22023');
select throws_ok($$ select public.set_cached_data('k', '1', '1 hour', '{t}', 'no lease') $$, '22023');

select finish();
rollback;
