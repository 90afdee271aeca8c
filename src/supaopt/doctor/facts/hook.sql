-- Purpose: fails, saying what is missing, unless the access token hook can do its work.
-- Who: the owner and service_role. Locks: none; reads only.
select public.check_access_token_hook()::text
