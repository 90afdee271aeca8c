-- Purpose: what keeps the cache from working as it should, as rows of object, problem and remedy; none
--          when all is well. Nothing it finds makes answers wrong, except what it says so of.
-- Who: the owner. Locks: none; reads only. Undo: core/uninstall.sql

create or replace function supaopt.find_problems()
returns table (object text, problem text, remedy text)
language plpgsql
stable
set search_path = ''
as $$
begin
    return query
    select w.* from supaopt.find_watch_problems() as w
    union all
    select f.* from supaopt.find_function_problems() as f
    union all
    select
        'supaopt.state',
        'the state row came from a dump or was edited: nothing is served or stored',
        'select public.cleanup_expired_cache()'
    where supaopt.live_floor() is null
    union all
    select
        'supaopt.log',
        'clean-up has not run for two retentions: the log only grows',
        'run public.cleanup_expired_cache() every minute or hour, by pg_cron or from outside'
    from supaopt.state as s, supaopt.settings as l
    where s.next_at < now() - 2 * l.log_retention
    union all
    select
        'schema supaopt',
        format('exposed through the API by %s', c.setting),
        'take supaopt out of the API''s exposed schemas'
    from pg_db_role_setting as d, unnest(d.setconfig) as c (setting)
    where c.setting ~ '^pgrst\.db_schemas=(.*[ ,])?supaopt([ ,]|$)'
    order by 1, 2;
end
$$;
comment on function supaopt.find_problems() is 'What keeps the cache from working as it should.';
revoke execute on function supaopt.find_problems() from public, anon, authenticated, service_role;
