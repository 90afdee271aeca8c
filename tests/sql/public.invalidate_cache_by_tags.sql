-- public.invalidate_cache_by_tags
begin;
select no_plan();

select has_function('public', 'invalidate_cache_by_tags', array['text[]']);
select function_returns('public', 'invalidate_cache_by_tags', array['text[]'], 'integer');
select volatility_is('public', 'invalidate_cache_by_tags', array['text[]'], 'volatile');
select is_definer('public', 'invalidate_cache_by_tags', array['text[]']);
select function_privs_are('public', 'invalidate_cache_by_tags', array['text[]'], 'anon', array[]::text[]);
select function_privs_are('public', 'invalidate_cache_by_tags', array['text[]'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'invalidate_cache_by_tags', array['text[]'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'invalidate_cache_by_tags', array['text[]'], 'supabase_auth_admin', array[]::text[]);

-- Counts the live entries that it ends; no tags end none.
select is(public.invalidate_cache_by_tags(null), 0, 'null ends nothing');
select is(public.invalidate_cache_by_tags('{}'), 0, 'an empty array ends nothing');
select public.set_cached_data('k', '1', '1 hour');
select is(public.invalidate_cache_by_tags('{other}'), 0, 'another tag ends nothing');
select is(public.invalidate_cache_by_tags('{*}'), 1, 'the star ends all');
select is(public.get_cached_data('k'), null, 'what was ended is a miss');

select finish();
rollback;
