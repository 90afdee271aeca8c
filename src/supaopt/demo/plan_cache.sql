-- The plan's cache, so that it can be measured beside supaopt's. For the demo's database alone.
--
-- It is the plan's design as written: its table, its three functions, its row triggers. What was
-- changed, and why:
--   1. get_cached_data is VOLATILE; the plan says STABLE, and then every hit fails with 0A000,
--      "UPDATE is not allowed in a non-volatile function". This is the smallest repair that lets
--      the design run.
--   2. Names begin with plan_, so that both designs fit into one schema.
--   3. RAISE LOG lines are left out: they slow every call and change no answer.
--   4. service_role gets the rights that Supabase's default privileges give it.
-- Undo: drop schema objects plan_* (supaopt drops the whole demo database).

create table public.plan_query_cache (
  id uuid primary key default gen_random_uuid(),
  cache_key text not null unique,
  cache_data jsonb not null,
  cache_tags text[] default '{}',
  expires_at timestamptz not null,
  created_at timestamptz default now(),
  hit_count integer default 0,
  last_accessed timestamptz default now()
);

create index plan_idx_query_cache_key on public.plan_query_cache (cache_key);
create index plan_idx_query_cache_expires on public.plan_query_cache (expires_at);
create index plan_idx_query_cache_tags on public.plan_query_cache using gin (cache_tags);

create function public.plan_get_cached_data(
  p_cache_key text,
  p_cache_duration interval default '10 minutes'
) returns jsonb
language plpgsql
security invoker
set search_path = ''
volatile
as $$
declare
  cached_result jsonb;
begin
  select cache_data into cached_result
  from public.plan_query_cache
  where cache_key = p_cache_key
    and expires_at > now();

  if cached_result is not null then
    update public.plan_query_cache
    set hit_count = hit_count + 1,
        last_accessed = now()
    where cache_key = p_cache_key;
  end if;

  return cached_result;
end;
$$;

create function public.plan_set_cached_data(
  p_cache_key text,
  p_cache_data jsonb,
  p_cache_duration interval default '10 minutes',
  p_cache_tags text[] default '{}'
) returns void
language plpgsql
security invoker
set search_path = ''
volatile
as $$
begin
  if p_cache_key is null or p_cache_data is null then
    raise exception 'Cache key and data cannot be NULL';
  end if;

  insert into public.plan_query_cache (cache_key, cache_data, cache_tags, expires_at)
  values (p_cache_key, p_cache_data, p_cache_tags, now() + p_cache_duration)
  on conflict (cache_key)
  do update set
    cache_data = excluded.cache_data,
    cache_tags = excluded.cache_tags,
    expires_at = excluded.expires_at,
    created_at = now(),
    hit_count = 0,
    last_accessed = now();
end;
$$;

create function public.plan_invalidate_cache_by_tags(p_tags text[]) returns integer
language plpgsql
security invoker
set search_path = ''
volatile
as $$
declare
  deleted_count integer;
begin
  if p_tags is null or array_length(p_tags, 1) is null then
    raise exception 'Tags array cannot be NULL or empty';
  end if;

  delete from public.plan_query_cache
  where cache_tags && p_tags;

  get diagnostics deleted_count = row_count;
  return deleted_count;
end;
$$;

-- The branch of the plan's trigger_cache_invalidation for the table that the demo's writers change.
create function public.plan_trigger_cache_invalidation() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if tg_table_name = 'job_readiness_expert_session_progress' then
    perform public.plan_invalidate_cache_by_tags(array[
      'expert_sessions',
      'expert_session_stats',
      'stats',
      'progress',
      concat('student:', coalesce(new.student_id::text, old.student_id::text)),
      concat('session:', coalesce(new.expert_session_id::text, old.expert_session_id::text))
    ]);
  end if;

  return coalesce(new, old);
end;
$$;

create trigger plan_expert_session_progress_cache_trigger
  after insert or update or delete on public.job_readiness_expert_session_progress
  for each row execute function public.plan_trigger_cache_invalidation();

grant select, insert, update, delete on public.plan_query_cache to service_role;
grant execute on function public.plan_get_cached_data(text, interval) to service_role;
grant execute on function public.plan_set_cached_data(text, jsonb, interval, text[])
  to service_role;
grant execute on function public.plan_invalidate_cache_by_tags(text[]) to service_role;
