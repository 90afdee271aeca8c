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
    -- An older snapshot shows the catalogue as it was; pg_identify_object tells what is.
    v_names constant pg_catalog.text := (
        select string_agg(
            format(
                'right((pg_identify_object(%s, tg_relid, %s)).identity, %s) = %L',
                'pg_catalog.pg_class'::pg_catalog.regclass::bigint, a.attnum, char_length(a.suffix), a.suffix
            ),
            ' and '
        )
        from (
            select
                c.attnum,
                '.' || quote_ident(c.attname) as suffix
            from pg_attribute as c
            where
                c.attrelid = p_relation
                and c.attname = any(v_key || supaopt.tag_columns(v_templates))
        ) as a
    );
    v_hash constant pg_catalog.text := '(''x'' || substr(md5(%s), 1, 16))::bit(64)::bigint, ';
    v_old pg_catalog.text;
    v_new pg_catalog.text;
    -- Old tags that the new ones do not repeat, and the new ones.
    v_both pg_catalog.text;
begin
    select s.* into v_limits from supaopt.settings as s;

    select
        string_agg(format(v_hash, c.old), ''),
        string_agg(format(v_hash, c.new), ''),
        string_agg(format(v_hash || v_hash, format('nullif(%s, %s)', c.old, c.new), c.new), '')
    into v_old, v_new, v_both
    from unnest(v_templates) as t (tag)
    cross join lateral (
        select
            supaopt.compile_tag(p_relation, t.tag, 'o') as old,
            supaopt.compile_tag(p_relation, t.tag, 'n') as new
    ) as c;

    execute format(
        $format$
create or replace function supaopt.watch_%1$s() returns trigger
language plpgsql security definer set search_path = '' as $watch$
declare
    v_rows bigint;
    v_exact boolean;
begin
    -- One statement for both questions: each statement costs as much as what it does here.
    if tg_op = 'INSERT' then
        select count(*) = %4$s and %12$s, (select count(*) from (select from new_rows limit %2$s + 1) as c)
        into v_exact, v_rows
        from pg_attribute as a
        where a.attrelid = tg_relid and (a.attname, a.attnum, a.atttypid) in (%5$s);
    elsif tg_op <> 'TRUNCATE' then
        select count(*) = %4$s and %12$s, (select count(*) from (select from old_rows limit %2$s + 1) as c)
        into v_exact, v_rows
        from pg_attribute as a
        where a.attrelid = tg_relid and (a.attname, a.attnum, a.atttypid) in (%5$s);
    end if;

    if v_rows = 0 then
        return null;
    elsif v_rows > %2$s then
        v_exact := false;
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
        -- The image operator, because json columns have no equality.
        insert into supaopt.log (tag)
        select t.tag
        from old_rows as o cross join new_rows as n
        cross join unnest(array[%11$s%6$s]::bigint[]) as t (tag)
        where o.* operator(pg_catalog.*<>) n.* and t.tag is not null
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
        (
            select count(distinct c.name)
            from unnest(v_key || supaopt.tag_columns(v_templates)) as c (name)
        ),
        supaopt.column_signatures(p_relation, v_key || supaopt.tag_columns(v_templates)),
        array_to_string(supaopt.literal_hashes(p_tags), ', '),
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
        format(
            '(current_setting(''transaction_isolation'') = ''read committed'' or (%s))',
            coalesce(v_names, 'true')
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
