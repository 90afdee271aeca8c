select supaopt.unwatch_table('public.orders');
drop table public.orders cascade;
drop function if exists public.order_totals_cached(bigint);
delete from supaopt.cached_functions where name = 'order_totals_cached';
delete from public.students where client_id = 'c0000000-0000-4000-8000-000000000001';
delete from public.profiles where client_id = 'c0000000-0000-4000-8000-000000000001';
delete from public.job_readiness_expert_sessions
where id = 'e0000000-0000-4000-8000-000000000001';
delete from public.products where id = 'b0000000-0000-4000-8000-000000000001';
delete from public.clients where id = 'c0000000-0000-4000-8000-000000000001';
