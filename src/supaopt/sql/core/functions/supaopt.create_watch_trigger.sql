-- Purpose: generates supaopt.watch_N(), the trigger function of one table. Generated, because dynamic
--          SQL in the trigger would cost a third of the write throughput.
--          What it logs: the literal tags and those of old and new rows that differ; the bulk tags
--          alone for TRUNCATE, for more rows than settings.bulk_rows, and for a table that was
--          renamed or lost a tagged column, so that the user's write never fails.
-- Who: internal. Locks: none. Undo: supaopt.unwatch_table

create or replace function supaopt.create_watch_trigger(
    p_id integer, p_relation regclass, p_tags text[]
)
returns void
language plpgsql
volatile
set search_path = ''
as $outer$
declare
    v_limits supaopt.settings;
    v_has_templates constant boolean := exists (
        select from unnest(p_tags) as t (tag) where t.tag ~ '\{'
    );
    v_has_key constant boolean := exists (
        select from pg_index as i where i.indrelid = p_relation and i.indisprimary
    );
begin
    select s.* into v_limits from supaopt.settings as s;

    execute format(
        $format$
create or replace function supaopt.watch_%1$s() returns trigger
language plpgsql security definer set search_path = '' as $watch$
declare
    v_rows bigint;
begin
    if
        tg_op = 'TRUNCATE'
        or format('%%I.%%I', tg_table_schema, tg_table_name) <> %3$L
        or to_regprocedure(%9$L) is null
    then
        v_rows := null;
    elsif tg_op = 'INSERT' then
        select count(*) into v_rows from (select from new_rows limit %4$s + 1) as c;
    else
        select count(*) into v_rows from (select from old_rows limit %4$s + 1) as c;
    end if;

    if v_rows = 0 then
        return null;
    elsif tg_op = 'UPDATE' and v_rows <= %5$s then
        insert into supaopt.log (tag)
        with o as materialized (
            select row(x.*)::%2$s as r, supaopt.watch_%1$s_row(row(x.*)::%2$s) as h
            from old_rows as x
        ),
        n as materialized (
            select row(x.*)::%2$s as r, supaopt.watch_%1$s_row(row(x.*)::%2$s) as h
            from new_rows as x
        ),
        changed as materialized (
            select o.h[2:] || n.h[2:] as h
            from o full join n on o.h[1] = n.h[1]
            where (o.r operator(pg_catalog.*<>) n.r) is not false
        )
        select t.tag from changed as c, unnest(c.h) as t (tag) where t.tag is not null
        union
        select t.tag from unnest(%6$L::bigint[]) as t (tag) where exists (select from changed)
        on conflict do nothing;
    elsif tg_op = 'INSERT' and v_rows <= %8$s then
        insert into supaopt.log (tag)
        select t.tag
        from new_rows as x, unnest((supaopt.watch_%1$s_row(row(x.*)::%2$s))[2:]) as t (tag)
        where t.tag is not null
        union
        select unnest(%6$L::bigint[])
        on conflict do nothing;
    elsif tg_op = 'DELETE' and v_rows <= %8$s then
        insert into supaopt.log (tag)
        select t.tag
        from old_rows as x, unnest((supaopt.watch_%1$s_row(row(x.*)::%2$s))[2:]) as t (tag)
        where t.tag is not null
        union
        select unnest(%6$L::bigint[])
        on conflict do nothing;
    elsif tg_op = 'UPDATE' and v_rows <= %8$s then
        insert into supaopt.log (tag)
        select t.tag
        from old_rows as x, unnest((supaopt.watch_%1$s_row(row(x.*)::%2$s))[2:]) as t (tag)
        where t.tag is not null
        union
        select t.tag
        from new_rows as x, unnest((supaopt.watch_%1$s_row(row(x.*)::%2$s))[2:]) as t (tag)
        where t.tag is not null
        union
        select unnest(%6$L::bigint[])
        on conflict do nothing;
    else
        insert into supaopt.log (tag)
        select unnest(%7$L::bigint[])
        on conflict do nothing;
    end if;

    return null;
end
$watch$
        $format$,
        p_id,
        p_relation,
        (
            select format('%I.%I', n.nspname, c.relname)
            from pg_class as c
            join pg_namespace as n on n.oid = c.relnamespace
            where c.oid = p_relation
        ),
        greatest(v_limits.bulk_rows, v_limits.compare_rows),
        -- Without a key all pairs of rows would be compared.
        case when v_has_key then v_limits.compare_rows else least(v_limits.compare_rows, 1) end,
        supaopt.literal_hashes(p_tags),
        supaopt.bulk_hashes(p_tags),
        -- Without templates the bulk tags are the literal ones.
        case when v_has_templates then v_limits.bulk_rows else 0 end,
        format('supaopt.watch_%s_row(%s)', p_id, p_relation)
    );
    execute format(
        'revoke execute on function supaopt.watch_%s() from public, anon, authenticated, service_role',
        p_id
    );
end
$outer$;
revoke execute on function supaopt.create_watch_trigger(integer, regclass, text[])
from public, anon, authenticated, service_role;
