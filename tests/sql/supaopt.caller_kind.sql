-- supaopt.caller_kind
begin;
select no_plan();

select has_function('supaopt', 'caller_kind', array[]::text[]);
select function_returns('supaopt', 'caller_kind', array[]::text[], 'text');
select volatility_is('supaopt', 'caller_kind', array[]::text[], 'stable');
select isnt_definer('supaopt', 'caller_kind', array[]::text[]);
select function_privs_are('supaopt', 'caller_kind', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'caller_kind', array[]::text[], 'authenticated', array['EXECUTE']);
select function_privs_are('supaopt', 'caller_kind', array[]::text[], 'service_role', array['EXECUTE']);
select function_privs_are('supaopt', 'caller_kind', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select is(supaopt.caller_kind(), null, 'the owner is nobody''s scope');

select finish();
rollback;
