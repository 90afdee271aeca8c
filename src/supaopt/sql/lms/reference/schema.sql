-- Purpose: the tables of the bundled example, a learning platform, with indexes, grants and row-level
--          security. For a local stack, a demo and tests: an application brings its own tables.
-- Who: authenticated under row-level security, service_role in full, anon nothing.
-- Locks: none on existing objects. Undo: drop the tables.

do $$
begin
    if to_regtype('public.progress_status') is null then
        create type public.progress_status as enum ('NotStarted', 'InProgress', 'Completed');
    end if;
end
$$;

create table if not exists public.clients (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- Staff of the platform and of its clients. Students have no profile. No email, no created_at.
create table if not exists public.profiles (
    id uuid primary key,
    full_name text,
    role text,
    client_id uuid references public.clients,
    is_active boolean default true,
    status text,
    is_enrolled boolean,
    last_login_at timestamptz,
    updated_at timestamptz not null default now()
);

create table if not exists public.students (
    id uuid primary key,
    full_name text,
    email text,
    phone_number text,
    client_id uuid references public.clients,
    is_active boolean default true,
    star_rating integer,
    job_readiness_star_level text,
    job_readiness_tier text,
    job_readiness_background_type text,
    job_readiness_promotion_eligible boolean,
    job_readiness_last_promoted_at timestamptz,
    preferred_language text,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- No is_active.
create table if not exists public.products (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    type text,
    image_url text,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.client_product_assignments (
    client_id uuid not null references public.clients on delete cascade,
    product_id uuid not null references public.products on delete cascade,
    created_at timestamptz not null default now(),
    primary key (client_id, product_id)
);

create table if not exists public.modules (
    id uuid primary key default gen_random_uuid(),
    name text,
    type text,
    sequence integer,
    configuration jsonb,
    product_id uuid references public.products on delete cascade,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.lessons (
    id uuid primary key default gen_random_uuid(),
    module_id uuid references public.modules on delete cascade,
    title text,
    description text,
    video_url text,
    sequence integer,
    has_quiz boolean not null default false,
    quiz_data jsonb,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.assessment_questions (
    id uuid primary key default gen_random_uuid(),
    question_text text,
    question_type text,
    difficulty text,
    topic text,
    options jsonb,
    correct_answer jsonb,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.assessment_module_questions (
    module_id uuid not null references public.modules on delete cascade,
    question_id uuid not null references public.assessment_questions on delete cascade,
    sequence integer,
    primary key (module_id, question_id)
);

create table if not exists public.assessment_progress (
    id uuid primary key default gen_random_uuid(),
    student_id uuid not null references public.students on delete cascade,
    module_id uuid not null references public.modules on delete cascade,
    saved_answers jsonb,
    started_at timestamptz,
    remaining_time_seconds integer,
    updated_at timestamptz not null default now(),
    unique (student_id, module_id)
);

create table if not exists public.student_module_progress (
    id uuid primary key default gen_random_uuid(),
    student_id uuid not null references public.students on delete cascade,
    module_id uuid not null references public.modules on delete cascade,
    status public.progress_status not null default 'NotStarted',
    progress_percentage integer not null default 0 check (progress_percentage between 0 and 100),
    progress_details jsonb,
    updated_at timestamptz not null default now(),
    unique (student_id, module_id)
);

create table if not exists public.job_readiness_products (
    product_id uuid primary key references public.products on delete cascade,
    configuration jsonb
);

create table if not exists public.job_readiness_expert_sessions (
    id uuid primary key default gen_random_uuid(),
    title text,
    description text,
    video_url text,
    video_duration integer,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table if not exists public.job_readiness_expert_session_products (
    expert_session_id uuid not null
    references public.job_readiness_expert_sessions on delete cascade,
    product_id uuid not null references public.products on delete cascade,
    primary key (expert_session_id, product_id)
);

create table if not exists public.job_readiness_expert_session_progress (
    id uuid primary key default gen_random_uuid(),
    student_id uuid not null references public.students on delete cascade,
    expert_session_id uuid not null
    references public.job_readiness_expert_sessions on delete cascade,
    watch_time_seconds integer not null default 0,
    is_completed boolean not null default false,
    updated_at timestamptz not null default now(),
    unique (student_id, expert_session_id)
);

create table if not exists public.job_readiness_submissions (
    id uuid primary key default gen_random_uuid(),
    student_id uuid not null references public.students on delete cascade,
    module_id uuid not null references public.modules on delete cascade,
    status text not null default 'submitted'
    check (status in ('submitted', 'in_review', 'approved', 'rejected')),
    content jsonb,
    score numeric(5, 2),
    feedback jsonb,
    reviewed_by uuid references public.profiles on delete set null,
    reviewed_at timestamptz,
    submitted_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- One index a foreign key that no primary key or unique constraint starts with: for deletes, which look
-- for rows that refer to theirs. That of students, and what the functions need, is in
-- lms/migrations/0002_indexes.sql.
create index if not exists profiles_client_id_idx on public.profiles (client_id);
create index if not exists client_product_assignments_product_id_idx
on public.client_product_assignments (product_id);
create index if not exists modules_product_id_idx on public.modules (product_id);
create index if not exists lessons_module_id_idx on public.lessons (module_id);
create index if not exists assessment_module_questions_question_id_idx
on public.assessment_module_questions (question_id);
create index if not exists assessment_progress_module_id_idx
on public.assessment_progress (module_id);
create index if not exists student_module_progress_module_id_idx
on public.student_module_progress (module_id);
create index if not exists expert_session_products_product_id_idx
on public.job_readiness_expert_session_products (product_id);
create index if not exists expert_session_progress_session_id_idx
on public.job_readiness_expert_session_progress (expert_session_id);
create index if not exists job_readiness_submissions_student_id_idx
on public.job_readiness_submissions (student_id);
create index if not exists job_readiness_submissions_module_id_idx
on public.job_readiness_submissions (module_id);
create index if not exists job_readiness_submissions_reviewed_by_idx
on public.job_readiness_submissions (reviewed_by);

do $$
declare
    t text;
begin
    foreach t in array array[
        'clients', 'profiles', 'students', 'products', 'client_product_assignments', 'modules',
        'lessons', 'assessment_questions', 'assessment_module_questions', 'assessment_progress',
        'student_module_progress', 'job_readiness_products', 'job_readiness_expert_sessions',
        'job_readiness_expert_session_products', 'job_readiness_expert_session_progress',
        'job_readiness_submissions'
    ]
    loop
        execute format('alter table public.%I enable row level security', t);
        execute format('revoke all on public.%I from anon, authenticated', t);
        execute format(
            'grant select, insert, update, delete on public.%I to authenticated', t
        );
        execute format('grant all on public.%I to service_role', t);
    end loop;
end
$$;

-- Who sees and writes what. Admin and staff see all; client staff and viewers see their client; a
-- student sees its own rows and the products of its client. All of it is read from the token, where
-- custom_access_token_hook puts it, and, for products, from a membership table. Each claim is taken
-- out of the token once per statement (the outer select), not per row; the inner one is the form that
-- Supabase's advisor knows.
do $$
declare
    v_policy record;
begin
    for v_policy in
        select p.policyname, p.tablename
        from pg_policies as p
        where p.schemaname = 'public' and p.policyname in ('see', 'add', 'change', 'remove')
    loop
        execute format('drop policy %I on public.%I', v_policy.policyname, v_policy.tablename);
    end loop;
end
$$;

create policy see on public.clients for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or id::text = (select (select auth.jwt()) ->> 'client_id')
);

create policy see on public.profiles for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or id = (select auth.uid())
    or (
        (select (select auth.jwt()) ->> 'user_role') in ('client_staff', 'viewer')
        and client_id::text = (select (select auth.jwt()) ->> 'client_id')
    )
);

create policy see on public.students for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or id = (select auth.uid())
    or (
        (select (select auth.jwt()) ->> 'user_role') in ('client_staff', 'viewer')
        and client_id::text = (select (select auth.jwt()) ->> 'client_id')
    )
);

create policy see on public.client_product_assignments for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or client_id::text = (select (select auth.jwt()) ->> 'client_id')
);

create policy see on public.products for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or id in (select a.product_id from public.client_product_assignments as a)
);

create policy see on public.modules for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or product_id in (select a.product_id from public.client_product_assignments as a)
);

create policy see on public.lessons for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or module_id in (select m.id from public.modules as m)
);

-- They hold the right answers.
create policy see on public.assessment_questions for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
);

create policy see on public.assessment_module_questions for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or module_id in (select m.id from public.modules as m)
);

create policy see on public.job_readiness_products for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or product_id in (select a.product_id from public.client_product_assignments as a)
);

create policy see on public.job_readiness_expert_sessions for select to authenticated using (
    is_active or (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
);

create policy see on public.job_readiness_expert_session_products
for select to authenticated using (
    (select (select auth.jwt()) ->> 'user_role') in ('admin', 'staff')
    or product_id in (select a.product_id from public.client_product_assignments as a)
);

do $$
declare
    t text;
begin
    -- What belongs to a student: whoever sees the student sees it, the student alone writes it.
    foreach t in array array[
        'assessment_progress', 'student_module_progress', 'job_readiness_expert_session_progress',
        'job_readiness_submissions'
    ]
    loop
        execute format(
            'create policy see on public.%I for select to authenticated using (
                (select (select auth.jwt()) ->> ''user_role'') in (''admin'', ''staff'')
                or student_id in (select s.id from public.students as s)
            )', t
        );
        execute format(
            'create policy add on public.%I for insert to authenticated
            with check (student_id = (select auth.uid()))', t
        );
        execute format(
            'create policy change on public.%I for update to authenticated
            using (student_id = (select auth.uid()))
            with check (student_id = (select auth.uid()))', t
        );
    end loop;

    -- What the platform's administrators keep.
    foreach t in array array[
        'clients', 'profiles', 'students', 'products', 'client_product_assignments', 'modules',
        'lessons', 'assessment_questions', 'assessment_module_questions', 'job_readiness_products',
        'job_readiness_expert_sessions', 'job_readiness_expert_session_products'
    ]
    loop
        execute format(
            'create policy add on public.%I for insert to authenticated
            with check ((select (select auth.jwt()) ->> ''user_role'') = ''admin'')', t
        );
        execute format(
            'create policy change on public.%I for update to authenticated
            using ((select (select auth.jwt()) ->> ''user_role'') = ''admin'')
            with check ((select (select auth.jwt()) ->> ''user_role'') = ''admin'')', t
        );
        execute format(
            'create policy remove on public.%I for delete to authenticated
            using ((select (select auth.jwt()) ->> ''user_role'') = ''admin'')', t
        );
    end loop;
end
$$;
