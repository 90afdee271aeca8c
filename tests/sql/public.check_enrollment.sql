-- public.check_enrollment
begin;
select no_plan();

select has_function('public', 'check_enrollment', array['uuid', 'uuid']);
select function_returns('public', 'check_enrollment', array['uuid', 'uuid'], 'boolean');
select volatility_is('public', 'check_enrollment', array['uuid', 'uuid'], 'stable');
select isnt_definer('public', 'check_enrollment', array['uuid', 'uuid']);
select function_privs_are('public', 'check_enrollment', array['uuid', 'uuid'], 'anon', array[]::text[]);
select function_privs_are('public', 'check_enrollment', array['uuid', 'uuid'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'check_enrollment', array['uuid', 'uuid'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'check_enrollment', array['uuid', 'uuid'], 'supabase_auth_admin', array[]::text[]);

insert into public.clients (id, name) values ('00000000-0000-0000-0000-000000000001', 'one');
insert into public.products (id, name) values ('00000000-0000-0000-0000-000000000002', 'two');
select is(
    public.check_enrollment(
        '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'
    ),
    false,
    'not assigned'
);
insert into public.client_product_assignments
values ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002');
select is(
    public.check_enrollment(
        '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'
    ),
    true,
    'assigned'
);

select finish();
rollback;
