-- Purpose: refuses, with 22023, a page size out of 1 to 200 and half a page mark.
-- Who: authenticated and service_role, inside functions. Locks: none. Undo: core/uninstall.sql

create or replace function supaopt.check_page(
    p_limit integer, p_after_time timestamptz, p_after_id uuid
)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
    if p_limit is null or p_limit not between 1 and 200 then
        raise exception using
            errcode = '22023',
            message = format('page size is %s', coalesce(p_limit::text, 'null')),
            hint = 'Ask for 1 to 200 rows and take the next page after the last one.';
    elsif (p_after_time is null) <> (p_after_id is null) then
        raise exception using
            errcode = '22023',
            message = 'a page starts after a time and an id, and one of them is null',
            hint = 'Pass both, from the last row of the page before, or neither.';
    end if;
end
$$;
revoke execute on function supaopt.check_page(integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function supaopt.check_page(integer, timestamptz, uuid)
to authenticated, service_role;
