-- supaopt.hash_tags
begin;
select no_plan();

select has_function('supaopt', 'hash_tags', array['text[]']);
select function_returns('supaopt', 'hash_tags', array['text[]'], 'bigint[]');
select volatility_is('supaopt', 'hash_tags', array['text[]'], 'immutable');
select isnt_definer('supaopt', 'hash_tags', array['text[]']);
select function_privs_are('supaopt', 'hash_tags', array['text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'hash_tags', array['text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'hash_tags', array['text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'hash_tags', array['text[]'], 'supabase_auth_admin', array[]::text[]);

-- Python computes the same: supaopt.cache is tested against these.
select ok(
    hashtextextended('student:1' collate "C", 0) = any(supaopt.hash_tags('{student:1}')),
    'the tag'
);
select ok(
    hashtextextended('student:*' collate "C", 0) = any(supaopt.hash_tags('{student:1}')),
    'the bulk tag of its prefix'
);
select ok(
    hashtextextended('*' collate "C", 0) = any(supaopt.hash_tags('{}')), 'the star'
);

select finish();
rollback;
