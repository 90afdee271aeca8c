-- supaopt.watched_tag
begin;
select no_plan();

select has_function('supaopt', 'watched_tag', array['regclass']);
select function_returns('supaopt', 'watched_tag', array['regclass'], 'text');
select volatility_is('supaopt', 'watched_tag', array['regclass'], 'stable');
select isnt_definer('supaopt', 'watched_tag', array['regclass']);
select function_privs_are('supaopt', 'watched_tag', array['regclass'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'watched_tag', array['regclass'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'watched_tag', array['regclass'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'watched_tag', array['regclass'], 'supabase_auth_admin', array[]::text[]);

select is(supaopt.watched_tag('public.students'), 'students', 'a watched table has a tag');
alter table public.students disable trigger supaopt_watch_update;
select is(supaopt.watched_tag('public.students'), null, 'not with a trigger off');

select finish();
rollback;
