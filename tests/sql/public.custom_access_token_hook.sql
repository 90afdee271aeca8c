-- public.custom_access_token_hook
begin;
select no_plan();

select has_function('public', 'custom_access_token_hook', array['jsonb']);
select function_returns('public', 'custom_access_token_hook', array['jsonb'], 'jsonb');
select volatility_is('public', 'custom_access_token_hook', array['jsonb'], 'stable');
select isnt_definer('public', 'custom_access_token_hook', array['jsonb']);
select function_privs_are('public', 'custom_access_token_hook', array['jsonb'], 'anon', array[]::text[]);
select function_privs_are('public', 'custom_access_token_hook', array['jsonb'], 'authenticated', array[]::text[]);
select function_privs_are('public', 'custom_access_token_hook', array['jsonb'], 'service_role', array[]::text[]);
select function_privs_are('public', 'custom_access_token_hook', array['jsonb'], 'supabase_auth_admin', array['EXECUTE']);

-- Who has neither profile nor student row is nobody; a role is spelled one way.
insert into public.profiles (id, role, is_active)
values ('00000000-0000-0000-0000-000000000001', 'Client Staff', true);
select is(
    public.custom_access_token_hook(
        '{"user_id": "00000000-0000-0000-0000-000000000001", "claims": {"sub": "x"}}'
    ) -> 'claims',
    '{
        "sub": "x", "user_role": "client_staff", "profile_is_active": true, "is_student": false
    }',
    'a profile makes a role'
);
select is(
    public.custom_access_token_hook(
        '{"user_id": "00000000-0000-0000-0000-000000000002", "claims": {"user_role": "admin"}}'
    ) -> 'claims',
    '{"profile_is_active": false, "is_student": false}',
    'nobody has no role, whatever an earlier token said'
);

select finish();
rollback;
