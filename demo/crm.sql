-- The user's side of the demo: two tables, and a view of what Marketo is to know. A view is the
-- place to join and to rename; its updated_at moves when anything in the row does.

create table crm.accounts (
  account_id integer primary key,
  name text not null,
  plan text not null,
  updated_at timestamptz not null default now()
);

create table crm.contacts (
  contact_id integer primary key,
  account_id integer not null references crm.accounts,
  email text,
  first_name text,
  last_name text,
  title text,
  consent boolean not null default true,
  updated_at timestamptz not null default now()
);

create function crm.touch() returns trigger language plpgsql as
  'begin new.updated_at := now(); return new; end';
create trigger touch before update on crm.accounts for each row execute function crm.touch();
create trigger touch before update on crm.contacts for each row execute function crm.touch();

create view crm.marketo_contacts as
select contact_id, email, first_name, last_name, title, plan, consent,
       greatest(contacts.updated_at, accounts.updated_at) as updated_at
  from crm.contacts join crm.accounts using (account_id);

insert into crm.accounts (account_id, name, plan) values
  (1, 'Analytical Engines', 'p'),
  (2, 'Harvard Computation Laboratory', 'b');

insert into crm.contacts (contact_id, account_id, email, first_name, last_name, title, consent) values
  (101, 1, 'ada@example.com', 'Ada', 'King', 'Countess', true),
  (102, 1, 'charles@example.com', 'Charles', 'Babbage', 'Professor', true),
  (103, 1, 'mary at example.com', 'Mary', 'Somerville', 'Tutor', true),
  (104, 1, 'luigi@example.com', 'Luigi', 'Menabrea', null, false),
  (201, 2, 'grace@example.com', 'Grace', 'Hopper', 'Lieutenant', true),
  (202, 2, 'howard@example.com', 'Howard', 'Aiken', 'Professor', true);
