-- public.get_submissions_with_details
begin;
select no_plan();

select has_function('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer']);
select function_returns('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer'], 'setof record');
select volatility_is('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer'], 'stable');
select isnt_definer('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer']);
select function_privs_are('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_submissions_with_details', array['text', 'uuid', 'timestamp with time zone', 'uuid', 'integer'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
