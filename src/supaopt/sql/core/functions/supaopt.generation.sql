-- Purpose: name of this database's line of history. Leases of another install, cluster, timeline
--          (a restored backup, a promoted standby) or database (a copy made with create database
--          template) carry another name and are refused.
-- Who: internal. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.generation()
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
    v_generation pg_catalog.text;
begin
    if pg_is_in_recovery() then
        return null;
    end if;

    select md5(concat_ws(
        ' ',
        s.install,
        s.system,
        substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
        current_database()
    ))
    into v_generation
    from supaopt.state as s
    where s.xmin = s.self and s.tableoid = s.home;

    return v_generation;
end
$$;
revoke execute on function supaopt.generation() from public, anon, authenticated, service_role;
