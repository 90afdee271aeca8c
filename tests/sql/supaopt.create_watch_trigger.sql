-- supaopt.create_watch_trigger
begin;
select no_plan();

select has_function('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]']);
select function_returns('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'void');
select volatility_is('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'volatile');
select isnt_definer('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]']);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'anon', array[]::text[]);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'authenticated', array[]::text[]);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'service_role', array[]::text[]);
select function_privs_are('supaopt', 'create_watch_trigger', array['integer', 'regclass', 'text[]'], 'supabase_auth_admin', array[]::text[]);

-- Under a collation that ignores case, an update from a to A ends the entries of both.
create collation public.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table public.names (id int primary key, name text collate public.blind);
select supaopt.watch_table('public.names', array['names', 'name:{name}']);
insert into public.names values (1, 'a'), (2, 'A');
delete from supaopt.log;
update public.names set name = 'A' where id = 1;
select ok(
    supaopt.hash_tags('{name:a,name:A}') @> array_agg(l.tag order by l.tag) and count(*) = 2,
    'a single row logs the old text too'
)
from supaopt.log as l
where l.tag <> all(supaopt.bulk_hashes('{names}'));
delete from supaopt.log;
update public.names set name = 'a';
select ok(
    supaopt.hash_tags('{name:a,name:A}') @> array_agg(l.tag order by l.tag) and count(*) = 2,
    'and so do several rows'
)
from supaopt.log as l
where l.tag <> all(supaopt.bulk_hashes('{names}'));

select finish();
rollback;
