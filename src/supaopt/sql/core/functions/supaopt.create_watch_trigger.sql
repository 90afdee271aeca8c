-- Purpose: generates supaopt.watch_N(), the trigger function of one table, which names the table's
--          columns: dynamic SQL would cost a third of the write throughput, and a SQL function that
--          binds the columns, planned anew by each statement, more than the rest of the trigger.
--          What it logs: the literal tags, and those of old and new rows that differ. The bulk tags
--          alone for TRUNCATE, for more rows than settings.bulk_rows, and once a column it names is
--          no longer what it was (renamed, dropped, of another type): nothing is missed, and the
--          user's write never fails. Watching the table again makes it exact again.
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
    v_templates constant pg_catalog.text[] := array(
        select t.tag from unnest(p_tags) as t (tag) where t.tag ~ '[{}]' order by t.tag
    );
    v_key constant pg_catalog.text[] := supaopt.key_columns(p_relation);
    v_columns constant pg_catalog.text[] := v_key || supaopt.tag_columns(v_templates);
    v_literals constant bigint[] := supaopt.literal_hashes(p_tags);
    v_hash constant pg_catalog.text := '(hashtextextended(%s collate "C", 0)), ';
    v_old pg_catalog.text;
    v_new pg_catalog.text;
    -- Old tags that the new ones do not repeat, and the new ones.
    v_both pg_catalog.text;
    v_old_filled pg_catalog.text;
    v_new_filled pg_catalog.text;
    v_same pg_catalog.text;
begin
    select s.* into v_limits from supaopt.settings as s;

    select
        string_agg(format(v_hash, c.old), '' order by t.position),
        string_agg(format(v_hash, c.new), '' order by t.position),
        string_agg(
            format(v_hash || v_hash, format('nullif(%s, %s collate "C")', c.old, c.new), c.new), '' order by t.position
        )
    into v_old, v_new, v_both
    from unnest(v_templates) with ordinality as t (tag, position)
    cross join lateral (
        select
            supaopt.compile_tag(p_relation, t.tag, 'o') as old,
            supaopt.compile_tag(p_relation, t.tag, 'n') as new
    ) as c;

    select
        string_agg(format(' and o.%I is not null', c.name), ''),
        string_agg(format(' and n.%I is not null', c.name), ''),
        -- Text that differs in bytes makes another tag, also where its type calls it equal.
        string_agg(
            format(
                case
                    when a.atttypid = any('{int2,int4,int8,uuid,bool}'::pg_catalog.regtype[])
                        then ' and o.%1$I = n.%1$I'
                    else ' and o.%1$I::text = n.%1$I::text collate "C"'
                end,
                c.name
            ),
            ''
        )
    into v_old_filled, v_new_filled, v_same
    from unnest(supaopt.tag_columns(v_templates)) as c (name)
    join pg_attribute as a on a.attrelid = p_relation and a.attname = c.name;

    execute format(
        $format$
create or replace function supaopt.watch_%1$s() returns trigger
language plpgsql security definer set search_path = '' as $watch$
declare
    v_rows bigint;
    v_exact boolean;
begin
    -- Most statements write one row and leave the columns in its tags as they were. That is done
    -- without counting: to start a statement, or to evaluate an expression for the first time in a
    -- transaction, costs as much as a row of the log. A row is found first where there is a second
    -- one, or any and the columns are no longer what they were.
    if current_setting('transaction_isolation') = 'read committed' then
        if tg_op = 'UPDATE' then
            perform from old_rows offset (supaopt.planned_signatures(%1$s, %4$L) = %5$L)::integer limit 1;

            if not found then
                -- The image operator, because json columns have no equality.
                insert into supaopt.log (tag)
                select t.tag
                from old_rows as o cross join new_rows as n
                cross join lateral (values %8$s%6$s) as t (tag)
                where (o.* operator(pg_catalog.*<>) n.*)%14$s
                on conflict do nothing;

                if found then
                    return null;
                end if;
            end if;
        elsif tg_op = 'INSERT' then
            perform from new_rows offset (supaopt.planned_signatures(%1$s, %4$L) = %5$L)::integer limit 1;

            if not found then
                insert into supaopt.log (tag)
                select t.tag
                from new_rows as n cross join lateral (values %8$s%6$s) as t (tag)
                where true%13$s
                on conflict do nothing;

                if found then
                    return null;
                end if;
            end if;
        elsif tg_op = 'DELETE' then
            perform from old_rows offset (supaopt.planned_signatures(%1$s, %4$L) = %5$L)::integer limit 1;

            if not found then
                insert into supaopt.log (tag)
                select t.tag
                from old_rows as o cross join lateral (values %7$s%6$s) as t (tag)
                where true%12$s
                on conflict do nothing;

                if found then
                    return null;
                end if;
            end if;
        end if;
    end if;

    if tg_op = 'INSERT' then
        select count(*) into v_rows from (select from new_rows limit %2$s + 1) as c;
    elsif tg_op <> 'TRUNCATE' then
        select count(*) into v_rows from (select from old_rows limit %2$s + 1) as c;
    end if;

    if v_rows = 0 then
        return null;
    elsif v_rows <= %2$s then
        -- Asked anew, not by a plan, which would keep what an old snapshot shows of the catalogue.
        v_exact := supaopt.column_signatures(tg_relid, %4$L) = %5$L;
    end if;

    if v_exact and tg_op = 'INSERT' then
        insert into supaopt.log (tag)
        select distinct t.tag
        from new_rows as n cross join lateral (values %8$s%6$s) as t (tag)
        where t.tag is not null
        on conflict do nothing;
    elsif v_exact and tg_op = 'DELETE' then
        insert into supaopt.log (tag)
        select distinct t.tag
        from old_rows as o cross join lateral (values %7$s%6$s) as t (tag)
        where t.tag is not null
        on conflict do nothing;
    elsif v_exact and v_rows = 1 then
        insert into supaopt.log (tag)
        select t.tag
        from old_rows as o cross join new_rows as n
        cross join lateral (values %11$s%6$s) as t (tag)
        where (o.* operator(pg_catalog.*<>) n.*) and t.tag is not null
        on conflict do nothing;
    elsif v_exact and v_rows <= %3$s then
        insert into supaopt.log (tag)
        select distinct t.tag
        from old_rows as o %9$s
        cross join lateral (values %11$s%6$s) as t (tag)
        where (o.* operator(pg_catalog.*<>) n.*) is not false and t.tag is not null
        on conflict do nothing;
    elsif v_exact then
        insert into supaopt.log (tag)
        select t.tag
        from old_rows as o cross join lateral (values %7$s%6$s) as t (tag)
        where t.tag is not null
        union
        select t.tag
        from new_rows as n cross join lateral (values %8$s%6$s) as t (tag)
        where t.tag is not null
        on conflict do nothing;
    else
        insert into supaopt.log (tag)
        select unnest(%10$L::bigint[])
        on conflict do nothing;
    end if;

    return null;
end
$watch$
        $format$,
        p_id,
        -- Without templates the bulk tags are the literal ones.
        case
            when cardinality(v_templates) > 0 then greatest(v_limits.bulk_rows, v_limits.compare_rows)
            else greatest(v_limits.compare_rows, 1)
        end,
        -- Without a key all pairs of rows would be compared.
        case when cardinality(v_key) > 0 then v_limits.compare_rows else least(v_limits.compare_rows, 1) end,
        v_columns,
        supaopt.column_signatures(p_relation, v_columns),
        format('(%s)', array_to_string(v_literals, '), (')),
        v_old,
        v_new,
        coalesce(
            (
                select 'full join new_rows as n on ' || string_agg(
                    format('o.%I::text = n.%I::text', c.name, c.name), ' and '
                )
                from unnest(v_key) as c (name)
            ),
            'cross join new_rows as n'
        ),
        supaopt.bulk_hashes(p_tags),
        v_both,
        v_old_filled,
        v_new_filled,
        v_same
    );
    execute format(
        'revoke execute on function supaopt.watch_%s() from public, anon, authenticated, service_role',
        p_id
    );
end
$outer$;
revoke execute on function supaopt.create_watch_trigger(integer, regclass, text[])
from public, anon, authenticated, service_role;
