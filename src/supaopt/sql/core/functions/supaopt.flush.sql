-- Purpose: ends every entry and every lease when this transaction commits. Call it at the end of each
--          migration that touches policies, grants, functions or partitions: they change answers
--          without a write to a watched table.
-- Who: the owner. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.flush()
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
    insert into supaopt.log (tag)
    values (hashtextextended('*' collate "C", 0))
    on conflict do nothing;
end
$$;
comment on function supaopt.flush() is 'Ends every cached entry when the transaction commits.';
revoke execute on function supaopt.flush() from public, anon, authenticated, service_role;
