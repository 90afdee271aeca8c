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

-- Thirty digits before the point, as a number, in rows, in one row, in a document and in an array.
create function public.balance() returns numeric
language sql stable set search_path = ''
as $$ select 123456789012345678901234567890.123456789::numeric $$;
create function public.balances() returns table (amount numeric, rate double precision)
language sql stable set search_path = ''
as $$ select public.balance(), 0.1::double precision + 0.2::double precision $$;
create function public.one_balance(out amount numeric, out rate double precision)
language sql stable set search_path = ''
as $$ select public.balance(), 0.1::double precision + 0.2::double precision $$;
create function public.balance_document() returns jsonb
language sql stable set search_path = ''
as $$ select jsonb_build_object('amount', public.balance(), 'history', jsonb_build_array(public.balance())) $$;
create function public.balance_list() returns numeric[]
language sql stable set search_path = ''
as $$ select array[public.balance(), 1.5] $$;
