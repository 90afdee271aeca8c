-- Purpose: size and limits of supaopt's cache.
-- Who: the owner of the schema supaopt. Locks: none; reads only.
select
    jsonb_build_object(
        'entries_bytes', pg_total_relation_size('supaopt.entries'),
        'log_bytes', pg_total_relation_size('supaopt.log'),
        'max_lifetime', extract(epoch from l.max_lifetime),
        'log_retention', extract(epoch from l.log_retention),
        'max_data_bytes', l.max_data_bytes
    )::text
from supaopt.settings as l
