-- Purpose: pg_cron's jobs that clean the cache up, each with how it ended last.
-- Who: any role; it sees its own jobs alone. Locks: none; reads only.
select
    coalesce(jsonb_agg(jsonb_build_object(
        'name', coalesce(j.jobname, j.jobid::text),
        'schedule', j.schedule,
        'active', j.active,
        'status', r.status,
        'message', left(r.return_message, 300)
    ) order by j.jobid), '[]')::text
from cron.job as j
left join lateral (
    select
        d.status,
        d.return_message
    from cron.job_run_details as d
    where d.jobid = j.jobid and d.status in ('succeeded', 'failed')
    order by d.runid desc
    limit 1
) as r on true
where j.command like '%cleanup_expired_cache%'
