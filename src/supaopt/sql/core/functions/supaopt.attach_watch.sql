-- Purpose: puts the four triggers of supaopt.watch_N() on a table. They fire in replica sessions, too,
--          where we own the table; pg_restore and bulk loaders use those.
-- Who: internal. Locks: share row exclusive on the table: waits for writers, not for readers.
-- Undo: supaopt.unwatch_table

create or replace function supaopt.attach_watch(p_id integer, p_relation regclass)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_event pg_catalog.text;
    v_transition pg_catalog.text;
    v_owned constant boolean := (
        select pg_has_role(c.relowner, 'usage') from pg_class as c where c.oid = p_relation
    );
begin
    for v_event, v_transition in values
        ('insert', 'referencing new table as new_rows'),
        ('update', 'referencing old table as old_rows new table as new_rows'),
        ('delete', 'referencing old table as old_rows'),
        ('truncate', '')
    loop
        execute format(
            'create or replace trigger supaopt_watch_%s after %s on %s %s
            for each statement execute function supaopt.watch_%s()',
            v_event, v_event, p_relation, v_transition, p_id
        );
        if v_owned then
            execute format(
                'alter table %s enable always trigger supaopt_watch_%s', p_relation, v_event
            );
        end if;
    end loop;
end
$$;
revoke execute on function supaopt.attach_watch(integer, regclass)
from public, anon, authenticated, service_role;
