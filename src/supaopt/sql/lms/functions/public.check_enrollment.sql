-- Purpose: whether a product is assigned to a client; false for one that is not there or that the
--          caller may not see.
-- Who: authenticated and service_role. Locks: none; reads only.
-- Undo: drop function public.check_enrollment(uuid, uuid)

create or replace function public.check_enrollment(p_client_id uuid, p_product_id uuid)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
    return exists (
        select from public.client_product_assignments as a
        where a.client_id = p_client_id and a.product_id = p_product_id
    );
end
$$;
comment on function public.check_enrollment(uuid, uuid) is 'Whether a product is assigned to a client.';
revoke execute on function public.check_enrollment(uuid, uuid)
from public, anon, authenticated, service_role;
grant execute on function public.check_enrollment(uuid, uuid) to authenticated, service_role;
