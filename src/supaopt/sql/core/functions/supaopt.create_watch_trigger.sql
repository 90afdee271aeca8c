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
    v_hash constant pg_catalog.text := '(''x'' || md5(%s))::bit(64)::bigint, ';
    v_old pg_catalog.text;
    v_new pg_catalog.text;
    -- Old tags that the new ones do not repeat, and the new ones.
    v_both pg_catalog.text;
    -- One for each template.
    v_variables pg_catalog.text;
    v_old_plain pg_catalog.text;
    v_new_plain pg_catalog.text;
    v_both_plain pg_catalog.text;
begin
    select s.* into v_limits from supaopt.settings as s;

    select
        string_agg(format(v_hash, c.old), '' order by t.position),
        string_agg(format(v_hash, c.new), '' order by t.position),
        string_agg(
            format(v_hash || v_hash, format('nullif(%s, %s)', c.old, c.new), c.new), '' order by t.position
        ),
        string_agg(format('v_tag_%s, ', t.position), '' order by t.position)
    into v_old, v_new, v_both, v_variables
    from unnest(v_templates) with ordinality as t (tag, position)
    cross join lateral (
        select
            supaopt.compile_tag(p_relation, t.tag, 'o') as old,
            supaopt.compile_tag(p_relation, t.tag, 'n') as new
    ) as c;

    select
        string_agg(format('o.%I is not null', c.name), ' and '),
        string_agg(format('n.%I is not null', c.name), ' and '),
        -- Text that differs in bytes makes another tag, also where its collation calls it equal.
        string_agg(format('o.%I::text = n.%I::text collate "C"', c.name, c.name), ' and ')
    into v_old_plain, v_new_plain, v_both_plain
    from unnest(supaopt.tag_columns(v_templates)) as c (name);

    execute format(
        $format$
create or replace function supaopt.watch_%1$s() returns trigger
language plpgsql security definer set search_path = '' as $watch$
declare
    v_rows bigint;
    v_exact boolean;
    -- Whether the columns in the tags of the only row are not null, and as they were.
    v_plain boolean;
    %12$s
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        -- Plans would keep what an old snapshot shows of the catalogue.
        v_exact := supaopt.column_signatures(tg_relid, %4$L) = %5$L;

        if tg_op = 'INSERT' then
            select count(*) into v_rows from (select from new_rows limit %2$s + 1) as c;
        elsif tg_op <> 'TRUNCATE' then
            select count(*) into v_rows from (select from old_rows limit %2$s + 1) as c;
        end if;
    elsif tg_op = 'INSERT' then
        select count(*), supaopt.planned_signatures(%1$s, %4$L) = %5$L into v_rows, v_exact
        from (select from new_rows limit %2$s + 1) as c;
    elsif tg_op <> 'TRUNCATE' then
        select count(*), supaopt.planned_signatures(%1$s, %4$L) = %5$L into v_rows, v_exact
        from (select from old_rows limit %2$s + 1) as c;
    end if;

    if v_rows = 0 then
        return null;
    elsif v_rows > %2$s then
        v_exact := false;
    end if;

    -- Most statements write one row, and a list of values is inserted fastest.
    if v_exact and v_rows = 1 then
        if tg_op = 'INSERT' then
            select %8$s%14$s into %13$sv_plain from new_rows as n;
        elsif tg_op = 'DELETE' then
            select %7$s%15$s into %13$sv_plain from old_rows as o;
        else
            -- The image operator, because json columns have no equality.
            select %8$s%16$s into %13$sv_plain
            from old_rows as o cross join new_rows as n
            where o.* operator(pg_catalog.*<>) n.*;

            if not found then
                return null;
            end if;
        end if;

        if v_plain then
            insert into supaopt.log (tag) values %17$s on conflict do nothing;
            return null;
        end if;
    end if;

    if v_exact and tg_op = 'INSERT' then
        insert into supaopt.log (tag)
        select distinct t.tag
        from new_rows as n cross join unnest(array[%8$s%6$s]::bigint[]) as t (tag)
        where t.tag is not null
        on conflict do nothing;
    elsif v_exact and tg_op = 'DELETE' then
        insert into supaopt.log (tag)
        select distinct t.tag
        from old_rows as o cross join unnest(array[%7$s%6$s]::bigint[]) as t (tag)
        where t.tag is not null
        on conflict do nothing;
    elsif v_exact and v_rows = 1 then
        insert into supaopt.log (tag)
        select t.tag
        from old_rows as o cross join new_rows as n
        cross join unnest(array[%11$s%6$s]::bigint[]) as t (tag)
        where t.tag is not null
        on conflict do nothing;
    elsif v_exact and v_rows <= %3$s then
        insert into supaopt.log (tag)
        select distinct t.tag
        from old_rows as o %9$s
        cross join unnest(array[%11$s%6$s]::bigint[]) as t (tag)
        where (o.* operator(pg_catalog.*<>) n.*) is not false and t.tag is not null
        on conflict do nothing;
    elsif v_exact then
        insert into supaopt.log (tag)
        select t.tag
        from old_rows as o cross join unnest(array[%7$s%6$s]::bigint[]) as t (tag)
        where t.tag is not null
        union
        select t.tag
        from new_rows as n cross join unnest(array[%8$s%6$s]::bigint[]) as t (tag)
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
        array_to_string(v_literals, ', '),
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
        replace(v_variables, ', ', ' bigint; '),
        v_variables,
        coalesce(v_new_plain, 'true'),
        coalesce(v_old_plain, 'true'),
        coalesce(v_both_plain, 'true'),
        (
            select string_agg(format('(%s)', v.value), ', ')
            from unnest(
                string_to_array(rtrim(v_variables, ', '), ', ') || v_literals::pg_catalog.text[]
            ) as v (value)
        )
    );
    execute format(
        'revoke execute on function supaopt.watch_%s() from public, anon, authenticated, service_role',
        p_id
    );
end
$outer$;
revoke execute on function supaopt.create_watch_trigger(integer, regclass, text[])
from public, anon, authenticated, service_role;
