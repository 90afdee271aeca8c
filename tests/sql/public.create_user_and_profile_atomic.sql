-- public.create_user_and_profile_atomic
begin;
select no_plan();

select has_function('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid']);
select function_returns('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid'], 'jsonb');
select volatility_is('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid'], 'volatile');
select isnt_definer('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid']);
select function_privs_are('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid'], 'anon', array[]::text[]);
select function_privs_are('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'create_user_and_profile_atomic', array['uuid', 'text', 'text', 'text', 'text', 'uuid'], 'supabase_auth_admin', array[]::text[]);

select is(
    public.create_user_and_profile_atomic(
        '00000000-0000-0000-0000-000000000001', 'Admin', 'Ada'
    ),
    '{
        "user_id": "00000000-0000-0000-0000-000000000001", "user_role": "admin", "created": true
    }',
    'an administrator is created'
);
select is(
    public.create_user_and_profile_atomic(
        '00000000-0000-0000-0000-000000000001', 'admin', 'Ada'
    ) -> 'created',
    'false',
    'once'
);
select throws_ok(
    $$ select public.create_user_and_profile_atomic(gen_random_uuid(), 'king', 'x') $$, '22023'
);
select throws_ok(
    $$ select public.create_user_and_profile_atomic(gen_random_uuid(), 'student', 'x') $$, '22023'
);

select finish();
rollback;
