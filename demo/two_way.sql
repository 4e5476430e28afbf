-- A table that both sides edit: people who are leads already. `updated_at` says when a row was edited.

create schema if not exists desk;

create table desk.people (
  person_id integer primary key,
  email text,
  first_name text,
  title text,
  country text,
  city text,
  phone text,
  marketo_lead_id bigint,
  deleted_in_marketo boolean,
  updated_at timestamptz not null default now()
);

insert into desk.people (person_id, email, first_name, title, country, city, phone)
select 900 + row_number() over (order by id), email, "firstName", title, country, city, phone
  from (
    select leads.*, count(*) over (partition by lower(email)) as times from marketo.leads
     where _sdc_deleted_at is null
  ) known
 where times = 1 and "contactKey" is null and email like '%@%'
 order by id limit 4;
