-- Purpose: {student_id, progress_summary: [{module_id, status, progress_percentage, updated_at}]},
--          [] for a student without progress, null for one who is not there or whom the caller may
--          not see.
-- Who: authenticated and service_role. Locks: none; reads only.
-- Undo: drop function public.get_student_progress_summary(uuid)

create or replace function public.get_student_progress_summary(p_student_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
    return (
        select
            jsonb_build_object(
                'student_id', s.id,
                'progress_summary', coalesce((
                    select
                        jsonb_agg(
                            jsonb_build_object(
                                'module_id', g.module_id,
                                'status', g.status,
                                'progress_percentage', g.progress_percentage,
                                'updated_at', g.updated_at
                            )
                            order by g.module_id
                        )
                    from public.student_module_progress as g
                    where g.student_id = s.id
                ), '[]')
            )
        from public.students as s
        where s.id = p_student_id
    );
end
$$;
comment on function public.get_student_progress_summary(uuid) is 'A student''s progress by module.';
revoke execute on function public.get_student_progress_summary(uuid)
from public, anon, authenticated, service_role;
grant execute on function public.get_student_progress_summary(uuid) to authenticated, service_role;
