-- Purpose: what supaopt's own examination of its cache finds.
-- Who: the owner of the schema supaopt. Locks: none; reads only.
select coalesce(jsonb_agg(to_jsonb(p)), '[]')::text
from supaopt.find_problems() as p
