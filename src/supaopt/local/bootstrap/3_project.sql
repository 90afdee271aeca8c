-- What a project's database grants before its first migration. Runs as the owner of the database,
-- whose new objects in public every API role may then use: RLS and REVOKE narrow that.

create schema if not exists extensions;
create extension if not exists pgcrypto with schema extensions;

do $$
begin
  execute format('alter database %I set search_path = "$user", public, extensions', current_database());
  -- The Auth server says "create schema if not exists", which asks for the right even if it does.
  execute format('grant create on database %I to supabase_auth_admin', current_database());
end
$$;

grant usage on schema public, extensions to anon, authenticated, service_role;

alter default privileges in schema public
  grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public
  grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public
  grant execute on functions to anon, authenticated, service_role;
