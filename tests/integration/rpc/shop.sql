-- A shop for what `rpc new` writes, in a database of its own.
create type public.order_status as enum ('new', 'sent');
create table public.customers (
    id uuid primary key default gen_random_uuid(),
    credit numeric(12, 2) not null check (credit >= 0)
);
create table public.orders (
    id uuid primary key default gen_random_uuid(),
    customer_id uuid not null references public.customers (id),
    status public.order_status not null default 'new',
    note varchar(200),
    meta jsonb
);
create table public."order lines" (
    id bigint generated always as identity primary key,
    order_id uuid not null references public.orders (id),
    product_id int not null,
    "Quantity" int not null check ("Quantity" > 0)
);
create table public.stock (
    product_id int primary key,
    left_over int not null check (left_over >= 0),
    id uuid not null default gen_random_uuid()
);
insert into public.stock (product_id, left_over) values (1, 10), (2, 10);
alter table public.customers enable row level security;
create policy own on public.customers to authenticated using (id = auth.uid()) with check (id = auth.uid());
grant all on public.customers, public.orders, public."order lines", public.stock to authenticated, service_role;
