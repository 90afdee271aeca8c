-- Purpose: declares a read-through function: how long its answers live and what it reads,
--          {"public.students": ["student:{p_student_id}"], "public.products": []}; no template means
--          the whole table. Every table that can change the answer must be in it.
-- Who: the owner. Locks: none. Undo: delete from supaopt.cached_functions

create or replace function supaopt.cache_function(p_name text, p_lifetime interval, p_reads jsonb)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
    insert into supaopt.cached_functions as f (name, lifetime)
    values (p_name, p_lifetime)
    on conflict (name) do update set lifetime = excluded.lifetime;

    delete from supaopt.cached_function_reads as r where r.name = p_name;
    insert into supaopt.cached_function_reads (name, relation, tags)
    select
        p_name,
        d.relation::pg_catalog.regclass,
        array(select t.tag from jsonb_array_elements_text(d.tags) as t (tag))
    from jsonb_each(p_reads) as d (relation, tags);

    perform supaopt.flush();
end
$$;
comment on function supaopt.cache_function(text, interval, jsonb)
is 'Declares a read-through function, its lifetime and the tables it reads.';
revoke execute on function supaopt.cache_function(text, interval, jsonb)
from public, anon, authenticated, service_role;
