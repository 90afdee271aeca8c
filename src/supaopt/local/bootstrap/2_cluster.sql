-- A cluster of our own: `postgres` owns the database and, as on the hosted platform, is no
-- superuser. Runs as the superuser supabase_admin, in the project's database.

do $$
begin
  if to_regrole('postgres') is null then
    create role postgres nologin createdb createrole replication bypassrls;
  end if;
  execute format('alter database %I owner to postgres', current_database());
end
$$;

grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

create schema if not exists extensions authorization postgres;
create extension if not exists pg_stat_statements with schema extensions;

-- The API learns of every change of the schema by itself.
create or replace function extensions.pgrst_ddl_watch() returns event_trigger
language plpgsql set search_path = '' as $$
begin
  if exists (
    select from pg_catalog.pg_event_trigger_ddl_commands() as change
    where change.schema_name is distinct from 'pg_temp'
  ) then
    notify pgrst, 'reload schema';
  end if;
end
$$;

create or replace function extensions.pgrst_drop_watch() returns event_trigger
language plpgsql set search_path = '' as $$
begin
  if exists (select from pg_catalog.pg_event_trigger_dropped_objects() as gone where not gone.is_temporary) then
    notify pgrst, 'reload schema';
  end if;
end
$$;

drop event trigger if exists pgrst_ddl_watch;
create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
drop event trigger if exists pgrst_drop_watch;
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
