-- public.get_learners_with_progress
begin;
select no_plan();

select has_function('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer']);
select function_returns('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer'], 'setof record');
select volatility_is('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer'], 'stable');
select isnt_definer('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer']);
select function_privs_are('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer'], 'anon', array[]::text[]);
select function_privs_are('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer'], 'service_role', array['EXECUTE']);
select function_privs_are('public', 'get_learners_with_progress', array['uuid', 'text', 'boolean', 'timestamp with time zone', 'uuid', 'integer'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
