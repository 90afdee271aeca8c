-- supaopt.attach_watch
begin;
select no_plan();

select has_function('supaopt', 'attach_watch', array['integer', 'regclass']);
select function_returns('supaopt', 'attach_watch', array['integer', 'regclass'], 'void');
select volatility_is('supaopt', 'attach_watch', array['integer', 'regclass'], 'volatile');
select isnt_definer('supaopt', 'attach_watch', array['integer', 'regclass']);
select function_privs_are('supaopt', 'attach_watch', array['integer', 'regclass'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'attach_watch', array['integer', 'regclass'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'attach_watch', array['integer', 'regclass'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'attach_watch', array['integer', 'regclass'], 'supabase_auth_admin', array[]::text[]);

select finish();
rollback;
