-- supaopt.flush
begin;
select no_plan();

select has_function('supaopt', 'flush', array[]::text[]);
select function_returns('supaopt', 'flush', array[]::text[], 'void');
select volatility_is('supaopt', 'flush', array[]::text[], 'volatile');
select isnt_definer('supaopt', 'flush', array[]::text[]);
select function_privs_are('supaopt', 'flush', array[]::text[], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'flush', array[]::text[], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'flush', array[]::text[], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'flush', array[]::text[], 'supabase_auth_admin', array[]::text[]);

select public.set_cached_data('k', '1', '1 hour');
select supaopt.flush();
select is(public.get_cached_data('k'), null, 'nothing is served after it');

select finish();
rollback;
