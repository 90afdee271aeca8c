-- Purpose: calculate_product_performance as a JSON array, from the cache where possible.
--          Kept per caller (authenticated) or shared (service_role); a write to anything it was
--          computed from ends it at commit. p_cache_duration: oldest answer to accept, null for any;
--          how long answers are kept is set on the server.
-- Who: authenticated and service_role; anybody else gets it computed. Locks: never waits.
-- Undo: drop function public.get_product_performance_cached(uuid, interval)

create or replace function public.get_product_performance_cached(
    p_client_id uuid default null, p_cache_duration interval default '15 minutes'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
    v_name constant text := 'get_product_performance_cached';
    v_params constant jsonb := jsonb_build_object('p_client_id', p_client_id);
    v_kind constant text := supaopt.caller_kind();
    v_lease pg_snapshot;
    v_answer jsonb;
begin
    -- Not a case expression: that would ask for the rights to both branches.
    if v_kind = 'user' then
        v_answer := supaopt.lookup_user(v_name, v_params, p_cache_duration);
    elsif v_kind = 'shared' then
        v_answer := supaopt.lookup_shared(v_name, v_params, p_cache_duration);
    end if;
    if v_answer is not null then
        return v_answer;
    end if;

    -- Before the first statement that reads.
    v_lease := supaopt.local_lease();
    select coalesce(jsonb_agg(to_jsonb(p) order by p.product_name, p.product_id), '[]')
    into v_answer
    from public.calculate_product_performance(p_client_id) as p;

    if v_kind = 'user' then
        perform supaopt.store_user(v_name, v_params, v_answer, v_lease);
    elsif v_kind = 'shared' then
        perform supaopt.store_shared(v_name, v_params, v_answer, v_lease);
    end if;

    return v_answer;
end
$$;
comment on function public.get_product_performance_cached(uuid, interval)
is 'calculate_product_performance as JSON, cached.';
revoke execute on function public.get_product_performance_cached(uuid, interval)
from public, anon, authenticated, service_role;
grant execute on function public.get_product_performance_cached(uuid, interval) to authenticated, service_role;
