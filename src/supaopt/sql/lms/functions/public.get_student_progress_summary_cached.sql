-- Purpose: get_student_progress_summary, from the cache where possible; null, not kept, for an unknown student.
--          Kept per caller (authenticated) or shared (service_role); a write to anything it was
--          computed from ends it at commit. p_cache_duration: oldest answer to accept, null for any;
--          how long answers are kept is set on the server.
-- Who: authenticated and service_role; anybody else gets it computed. Locks: never waits.
-- Undo: drop function public.get_student_progress_summary_cached(uuid, interval)

create or replace function public.get_student_progress_summary_cached(
    p_student_id uuid, p_cache_duration interval default '10 minutes'
)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
    v_name constant text := 'get_student_progress_summary_cached';
    v_params constant jsonb := jsonb_build_object('p_student_id', p_student_id);
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
    v_answer := public.get_student_progress_summary(p_student_id);

    if v_kind = 'user' then
        perform supaopt.store_user(v_name, v_params, v_answer, v_lease);
    elsif v_kind = 'shared' then
        perform supaopt.store_shared(v_name, v_params, v_answer, v_lease);
    end if;

    return v_answer;
end
$$;
comment on function public.get_student_progress_summary_cached(uuid, interval)
is 'get_student_progress_summary, cached.';
revoke execute on function public.get_student_progress_summary_cached(uuid, interval)
from public, anon, authenticated, service_role;
grant execute on function public.get_student_progress_summary_cached(uuid, interval) to authenticated, service_role;
