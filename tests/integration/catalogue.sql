-- Everything in the schemas that supaopt and its user share, one row a thing, without object ids.
with ours as (
    select n.oid, n.nspname from pg_namespace as n where n.nspname in ('public', 'supaopt')
),
relation as (
    select c.*, format('%s.%s', o.nspname, c.relname) as name
    from pg_class as c
    inner join ours as o on o.oid = c.relnamespace
)
select 'schema' as kind, o.nspname::text as name, concat_ws(
    E'\n',
    pg_get_userbyid(n.nspowner),
    array(select a::text from unnest(coalesce(n.nspacl, acldefault('n', n.nspowner))) as a order by 1),
    obj_description(n.oid, 'pg_namespace')
) as definition
from ours as o
inner join pg_namespace as n on n.oid = o.oid
union all
select 'function', f.oid::regprocedure::text, concat_ws(
    E'\n',
    pg_get_functiondef(f.oid),
    pg_get_userbyid(f.proowner),
    array(select a::text from unnest(coalesce(f.proacl, acldefault('f', f.proowner))) as a order by 1),
    obj_description(f.oid, 'pg_proc')
)
from pg_proc as f
inner join ours as o on o.oid = f.pronamespace
where f.prokind = 'f'
union all
select 'relation', r.name, concat_ws(
    E'\n',
    r.relkind,
    r.relpersistence,
    pg_get_userbyid(r.relowner),
    r.relrowsecurity,
    r.relforcerowsecurity,
    r.reloptions,
    case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end,
    case when r.relkind in ('r', 'v', 'm', 'p', 'S') then array(
        select a::text
        from unnest(coalesce(
            r.relacl, acldefault(case when r.relkind = 'S' then 's' else 'r' end::"char", r.relowner)
        )) as a
        order by 1
    ) end,
    obj_description(r.oid, 'pg_class')
)
from relation as r
union all
select 'column', format('%s.%s', r.name, a.attname), concat_ws(
    E'\n',
    a.attnum,
    format_type(a.atttypid, a.atttypmod),
    a.attnotnull,
    a.attidentity,
    a.attgenerated,
    a.attcollation::regcollation,
    pg_get_expr(d.adbin, d.adrelid),
    array(select c::text from unnest(a.attacl) as c order by 1),
    col_description(a.attrelid, a.attnum)
)
from relation as r
inner join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where r.relkind in ('r', 'v', 'm', 'p', 'f')
union all
select 'constraint', format('%s.%s', coalesce(r.name, c.contypid::regtype::text), c.conname), concat_ws(
    E'\n', pg_get_constraintdef(c.oid), c.convalidated, obj_description(c.oid, 'pg_constraint')
)
from pg_constraint as c
inner join ours as o on o.oid = c.connamespace
left join relation as r on r.oid = c.conrelid
union all
select 'index', r.name, concat_ws(E'\n', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready)
from pg_index as i
inner join relation as r on r.oid = i.indexrelid
union all
select 'policy', format('%s.%s', r.name, p.polname), concat_ws(
    E'\n',
    p.polpermissive,
    p.polcmd,
    array(select x.id::regrole::text from unnest(p.polroles) as x (id) where x.id <> 0 order by 1),
    pg_get_expr(p.polqual, p.polrelid),
    pg_get_expr(p.polwithcheck, p.polrelid)
)
from pg_policy as p
inner join relation as r on r.oid = p.polrelid
union all
select 'trigger', format('%s.%s', r.name, t.tgname), concat_ws(E'\n', pg_get_triggerdef(t.oid), t.tgenabled)
from pg_trigger as t
inner join relation as r on r.oid = t.tgrelid
where not t.tgisinternal
union all
select 'type', t.oid::regtype::text, concat_ws(
    E'\n',
    t.typtype,
    pg_get_userbyid(t.typowner),
    array(select e.enumlabel::text from pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder)
)
from pg_type as t
inner join ours as o on o.oid = t.typnamespace
where t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and t.typrelid not in (select r.oid from relation as r))
union all
select 'default privileges', concat_ws(' ', d.defaclrole::regrole, o.nspname, d.defaclobjtype), array(
    select a::text from unnest(d.defaclacl) as a order by 1
)::text
from pg_default_acl as d
left join ours as o on o.oid = d.defaclnamespace
order by 1, 2
