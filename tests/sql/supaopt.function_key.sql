-- supaopt.function_key
begin;
select no_plan();

select has_function('supaopt', 'function_key', array['text', 'jsonb']);
select function_returns('supaopt', 'function_key', array['text', 'jsonb'], 'text');
select volatility_is('supaopt', 'function_key', array['text', 'jsonb'], 'immutable');
select isnt_definer('supaopt', 'function_key', array['text', 'jsonb']);
select function_privs_are('supaopt', 'function_key', array['text', 'jsonb'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'function_key', array['text', 'jsonb'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'function_key', array['text', 'jsonb'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'function_key', array['text', 'jsonb'], 'supabase_auth_admin', array[]::text[]);

select isnt(
    supaopt.function_key('f', '{"a": "1:2", "b": "3"}'),
    supaopt.function_key('f', '{"a": "1", "b": "2:3"}'),
    'no value runs into the next one'
);
select cmp_ok(
    char_length(supaopt.function_key('f', jsonb_build_object('a', repeat('x', 9000)))),
    '<', 512, 'a long key ends in a hash'
);

select finish();
rollback;
