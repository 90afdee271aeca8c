-- Purpose: runs clean-up every five minutes where pg_cron is there. Where it comes later, run this file
--          again; where it never comes, call public.cleanup_expired_cache() from outside.
-- Who: the owner, which pg_cron runs the job as. Locks: none. Undo: core/uninstall.sql

do $$
begin
    if to_regprocedure('cron.schedule(text, text, text)') is not null then
        perform cron.schedule(
            'supaopt clean-up', '*/5 * * * *', 'select public.cleanup_expired_cache()'
        );
    end if;
end
$$;
