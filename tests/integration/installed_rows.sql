-- What an installation puts into its own tables, without what differs from one to the next: numbers,
-- times, the install's name.
select 'row of supaopt.settings' as kind, '' as name, to_jsonb(s)::text as definition from supaopt.settings as s
union all
select 'row of supaopt.watched', w.relation::text, (to_jsonb(w) - 'id' - 'watched_at')::text from supaopt.watched as w
union all
select 'row of supaopt.cached_functions', f.name, to_jsonb(f)::text from supaopt.cached_functions as f
union all
select 'row of supaopt.cached_function_reads', r.name || ' ' || r.relation, to_jsonb(r)::text
from supaopt.cached_function_reads as r
union all
select 'row of supaopt.installed', i.path, i.checksum from supaopt.installed as i
order by 1, 2
