-- supaopt.check_page
begin;
select no_plan();

select has_function('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid']);
select function_returns('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid'], 'void');
select volatility_is('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid'], 'immutable');
select isnt_definer('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid']);
select function_privs_are('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid'], 'authenticated', array['EXECUTE']);
select function_privs_are('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid'], 'service_role', array['EXECUTE']);
select function_privs_are('supaopt', 'check_page', array['integer', 'timestamp with time zone', 'uuid'], 'supabase_auth_admin', array[]::text[]);

select lives_ok($$ select supaopt.check_page(50, null, null) $$);
select throws_ok($$ select supaopt.check_page(0, null, null) $$, '22023');
select throws_ok($$ select supaopt.check_page(201, null, null) $$, '22023');
select throws_ok($$ select supaopt.check_page(50, now(), null) $$, '22023');

select finish();
rollback;
