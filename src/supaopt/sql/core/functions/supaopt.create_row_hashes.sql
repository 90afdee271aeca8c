-- Purpose: generates supaopt.watch_N_row(table row) -> hash of the row's key, then of its tags. It
--          binds its columns (begin atomic): a rename follows, a drop fails when it is tried.
-- Who: internal. Locks: access share on the table. Undo: supaopt.unwatch_table

create or replace function supaopt.create_row_hashes(
    p_id integer, p_relation regclass, p_templates text[]
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
    v_key pg_catalog.text;
    v_hashes pg_catalog.text;
begin
    select format(
        '(''x'' || substr(md5(row(%s)::text), 1, 16))::bit(64)::bigint',
        string_agg(format('(r).%I', a.attname), ', ' order by a.attnum)
    )
    into v_key
    from pg_index as i
    join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = p_relation and i.indisprimary
    having count(*) > 0;

    select string_agg(', ' || supaopt.compile_tag(p_relation, t.tag), '' order by t.tag)
    into v_hashes
    from unnest(p_templates) as t (tag);

    execute format(
        'create or replace function supaopt.watch_%s_row(r %s) returns bigint[]
        language sql stable set search_path = ''''
        begin atomic
            select array[%s%s]::bigint[];
        end',
        p_id, p_relation, coalesce(v_key, '0'), v_hashes
    );
    execute format(
        'revoke execute on function supaopt.watch_%s_row(%s)
        from public, anon, authenticated, service_role',
        p_id, p_relation
    );
end
$$;
revoke execute on function supaopt.create_row_hashes(integer, regclass, text[])
from public, anon, authenticated, service_role;
