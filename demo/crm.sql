-- The user's side of the demo: three tables with foreign keys. Their updated_at moves when anything
-- in a row does.

create table crm.accounts (
  account_id integer primary key,
  name text not null,
  industry text,
  updated_at timestamptz not null default now()
);

create table crm.contacts (
  contact_id integer primary key,
  account_id integer references crm.accounts,
  email text,
  first_name text,
  last_name text,
  title text,
  plan text not null,
  consent boolean not null default true,
  updated_at timestamptz not null default now()
);

create table crm.orders (
  order_id bigint primary key,
  contact_id integer not null references crm.contacts,
  total numeric not null,
  status text not null,
  placed_at timestamptz not null,
  updated_at timestamptz not null default now()
);

create function crm.touch() returns trigger language plpgsql as
  'begin new.updated_at := now(); return new; end';
create trigger touch before update on crm.accounts for each row execute function crm.touch();
create trigger touch before update on crm.contacts for each row execute function crm.touch();
create trigger touch before update on crm.orders for each row execute function crm.touch();

insert into crm.accounts (account_id, name, industry) values
  (1, 'Analytical Engines', 'Computing'),
  (2, 'Harvard Computation Laboratory', 'Research');

insert into crm.contacts
  (contact_id, account_id, email, first_name, last_name, title, plan, consent)
values
  (101, 1, 'ada@example.com', 'Ada', 'King', 'Countess', 'p', true),
  (102, 1, 'charles@example.com', 'Charles', 'Babbage', 'Professor', 'p', true),
  (103, 1, 'mary at example.com', 'Mary', 'Somerville', 'Tutor', 'p', true),
  (104, 1, 'luigi@example.com', 'Luigi', 'Menabrea', null, 'p', false),
  (201, 2, 'grace@example.com', 'Grace', 'Hopper', 'Lieutenant', 'b', true),
  (202, 2, 'howard@example.com', 'Howard', 'Aiken', 'Professor', 'b', true),
  (203, null, 'anita@', 'Anita', 'Borg', null, 'b', true);

insert into crm.orders (order_id, contact_id, total, status, placed_at) values
  (9001, 101, 120.50, 'open', '2026-11-20 09:00+00'),
  (9002, 201, 8.00, 'shipped', '2026-11-21 10:30+00'),
  (9003, 103, 42.00, 'open', '2026-11-22 16:45+00');
