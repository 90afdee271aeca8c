create table public.orders (
    id bigint primary key,
    customer_id bigint not null,
    total numeric not null
);
alter table public.orders enable row level security;
create policy customers_see_their_orders on public.orders for select to authenticated
using (customer_id = (select ((select auth.jwt()) ->> 'customer_id')::bigint));
insert into public.orders values (1, 7, 20.00), (2, 7, 5.00), (3, 8, 12.50);

insert into public.clients (id, name)
values ('c0000000-0000-4000-8000-000000000001', 'Hill College');
insert into public.products (id, name, type)
values ('b0000000-0000-4000-8000-000000000001', 'Interview course', 'JOB_READINESS');
insert into public.client_product_assignments (client_id, product_id)
values ('c0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001');
insert into public.modules (id, name, product_id)
values
    ('d0000000-0000-4000-8000-000000000001', 'Listening', 'b0000000-0000-4000-8000-000000000001'),
    ('d0000000-0000-4000-8000-000000000002', 'Speaking', 'b0000000-0000-4000-8000-000000000001');
insert into public.students (id, full_name, email, client_id, created_at)
values
    (
        'a0000000-0000-4000-8000-000000000001', 'Asha', 'asha@hill.example',
        'c0000000-0000-4000-8000-000000000001', '2026-01-01'
    ),
    (
        'a0000000-0000-4000-8000-000000000002', 'Ben', 'ben@hill.example',
        'c0000000-0000-4000-8000-000000000001', '2026-01-02'
    );
insert into public.student_module_progress
    (student_id, module_id, status, progress_percentage, updated_at)
values
    (
        'a0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000001',
        'Completed', 100, '2026-02-01'
    ),
    (
        'a0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000002',
        'InProgress', 50, '2026-02-02'
    );
insert into public.job_readiness_expert_sessions (id, title, video_duration, created_at)
values ('e0000000-0000-4000-8000-000000000001', 'How I hire', 1800, '2026-01-01');
insert into public.job_readiness_expert_session_products (expert_session_id, product_id)
values ('e0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001');
insert into public.job_readiness_expert_session_progress
    (student_id, expert_session_id, watch_time_seconds, is_completed)
values
    (
        'a0000000-0000-4000-8000-000000000001', 'e0000000-0000-4000-8000-000000000001', 1800, true
    ),
    (
        'a0000000-0000-4000-8000-000000000002', 'e0000000-0000-4000-8000-000000000001', 600, false
    );
insert into public.job_readiness_submissions (id, student_id, module_id, status, submitted_at)
values (
    'f0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001',
    'd0000000-0000-4000-8000-000000000002', 'submitted', '2026-03-01'
);
