-- Purpose: the private room of the cache: its state, entries, invalidation log and settings.
-- Who: nobody but the owner; API roles get there through functions only. `service_role` reads
--      entries and hit counts, for the view public.query_cache.
-- Locks: none on existing objects.
-- Undo: core/uninstall.sql

create schema if not exists supaopt;
comment on schema supaopt is 'supaopt: a cache that is exact at commit. Never expose it through the API.';
revoke all on schema supaopt from public;
-- Functions of the caller (security invoker) step into the room through it.
grant usage on schema supaopt to authenticated, service_role;

create table if not exists supaopt.settings (
    one boolean primary key default true check (one),
    max_lifetime interval not null default '1 day' check (max_lifetime > '0'),
    log_retention interval not null default '2 days',
    max_data_bytes integer not null default 4194304 check (max_data_bytes > 0),
    max_tags integer not null default 200 check (max_tags > 0),
    -- A statement on more rows logs the bulk tags (prefix:*) alone.
    bulk_rows integer not null default 500 check (bulk_rows > 0),
    -- An update of more rows is not searched for unchanged ones.
    compare_rows integer not null default 100 check (compare_rows >= 0),
    -- A follower that is further behind drops all its copies.
    max_changes integer not null default 10000 check (max_changes > 0),
    -- Claims that make a user's scope; null means all but iat, exp, nbf and jti.
    scope_claims text[],
    constraint log_outlives_entries check (log_retention > max_lifetime)
);
comment on table supaopt.settings is 'Limits; one row, for the owner to change.';
insert into supaopt.settings default values on conflict do nothing;

-- The row vouches for itself: self equals its own xmin, and home its own table. Restored from a
-- dump, copied or edited without supaopt.write_state it does not, and every entry and lease is
-- void. xmin alone could meet by chance the xid that restores the row.
create table if not exists supaopt.state (
    one boolean primary key default true check (one),
    install uuid not null default gen_random_uuid(),
    -- Identifier of the cluster, kept because reading it takes longer than a whole look-up.
    system bigint not null,
    floor xid8 not null,
    next_floor xid8 not null,
    next_at timestamptz not null,
    self xid,
    home oid
);
comment on table supaopt.state is 'Leases older than floor are void: their log rows may be pruned.';

do $$
begin
    insert into supaopt.state (system, floor, next_floor, next_at)
    select c.system_identifier, s.xmin, s.xmin, now()
    from pg_control_system() as c, (select pg_snapshot_xmin(pg_current_snapshot()) as xmin) as s
    on conflict do nothing;

    update supaopt.state set self = xmin, home = tableoid where self is null;
end
$$;

create table if not exists supaopt.entries (
    scope text not null,
    key text not null check (char_length(key) between 1 and 512),
    data jsonb not null,
    tags text[] not null,
    hashes bigint[] not null,
    -- The snapshot that was taken before data were computed.
    lease pg_snapshot not null,
    stored_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    primary key (scope, key)
);
comment on table supaopt.entries is 'Cached answers; the log and state.floor decide whether one may be served.';

-- Append-only: a writer never waits for another one, and its rows appear exactly at its commit.
create table if not exists supaopt.log (
    tag bigint not null,
    xid xid8 not null default pg_current_xact_id(),
    primary key (tag, xid)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);
-- However few tags were written to so far, a plan must go to each of them by the key.
alter table supaopt.log alter column tag set (n_distinct = -1);
-- What followers ask for each second, and clean-up removes; without it both would read all of the log.
create index if not exists log_xid_idx on supaopt.log (xid);
comment on table supaopt.log is 'Which transaction wrote to which (hashed) tag.';

-- Apart from entries, so that counting never makes a store wait.
create table if not exists supaopt.hits (
    scope text not null,
    key text not null,
    hits bigint not null,
    last_hit_at timestamptz not null default clock_timestamp(),
    primary key (scope, key)
);
comment on table supaopt.hits is 'How often an entry was served, reported in batches.';

create table if not exists supaopt.watched (
    id integer generated always as identity primary key,
    relation regclass not null unique,
    -- The table that watch_table was called for, or the root of its partitions.
    root regclass not null,
    tags text[] not null check (cardinality(tags) > 0),
    -- The one tag that every write to the table logs.
    table_tag text not null,
    watched_at timestamptz not null default now()
);
comment on table supaopt.watched is 'Tables whose writes are logged, and the tags they log.';

-- What a cached function depends on; entries take their tags from here, never from a caller.
create table if not exists supaopt.cached_functions (
    name text primary key check (name <> ''),
    lifetime interval not null check (lifetime > '0')
);
comment on table supaopt.cached_functions is 'Read-through functions and how long their answers live.';

create table if not exists supaopt.cached_function_reads (
    name text not null references supaopt.cached_functions on delete cascade,
    relation regclass not null,
    -- Templates over the function's parameters; empty means the whole table.
    tags text[] not null,
    primary key (name, relation)
);
comment on table supaopt.cached_function_reads is 'The tables that a read-through function reads.';

-- pg_depend does not look into function bodies kept as strings.
create table if not exists supaopt.policy_functions (
    -- Signature as text: pg_upgrade refuses databases with columns of type regprocedure.
    function text primary key,
    relations regclass[] not null
);
comment on table supaopt.policy_functions is 'The tables that a function called by a policy reads.';

create table if not exists supaopt.installed (
    path text primary key,
    checksum text not null,
    installed_at timestamptz not null default now()
);
comment on table supaopt.installed is 'Which files of supaopt ran here, for `supaopt sql status`.';

do $$
declare
    t text;
begin
    foreach t in array array[
        'settings', 'state', 'entries', 'log', 'hits', 'watched', 'cached_functions',
        'cached_function_reads', 'policy_functions', 'installed'
    ]
    loop
        execute format('alter table supaopt.%I enable row level security', t);
        execute format('drop policy if exists nobody on supaopt.%I', t);
        execute format('create policy nobody on supaopt.%I as restrictive using (false)', t);
        execute format('revoke all on supaopt.%I from public, anon, authenticated, service_role', t);
    end loop;
end
$$;

grant select (scope, key, data, tags, stored_at, expires_at) on supaopt.entries to service_role;
grant select on supaopt.hits to service_role;
