-- Purpose: removes everything that the core set installed. The watched tables lose their triggers and
--          are otherwise untouched.
-- Who: the owner. Locks: share row exclusive on each watched table, briefly. Undo: install again.

do $$
declare
    t record;
begin
    for t in
        select g.tgname, g.tgrelid::regclass as relation
        from pg_trigger as g
        join pg_proc as f on f.oid = g.tgfoid
        join pg_namespace as n on n.oid = f.pronamespace
        where n.nspname = 'supaopt' and not g.tgisinternal and g.tgparentid = 0
    loop
        execute format('drop trigger %I on %s', t.tgname, t.relation);
    end loop;
end
$$;

do $$
begin
    if to_regclass('cron.job') is not null then
        perform cron.unschedule(j.jobid) from cron.job as j where j.jobname = 'supaopt clean-up';
    end if;
end
$$;

drop view if exists public.query_cache;
drop function if exists public.get_cached_data(text, interval);
drop function if exists public.get_cache_entry(text, interval);
drop function if exists public.get_cache_entries(text[], interval[]);
drop function if exists public.set_cached_data(text, jsonb, interval, text[], text);
drop function if exists public.set_cached_entries(jsonb);
drop function if exists public.invalidate_cache_by_tags(text[]);
drop function if exists public.cleanup_expired_cache();
drop function if exists public.get_cache_metrics();
drop function if exists public.record_cache_hits(jsonb);
drop function if exists public.get_cache_changes(text);
drop schema if exists supaopt cascade;
