create type mood as enum ('sad', 'ok');
create domain positive as integer check (value > 0);
create domain words as text;
create table every_type (
  id integer primary key, a_smallint smallint, an_integer integer, a_bigint bigint,
  a_numeric numeric, a_price numeric(6, 2), a_real real, a_double double precision,
  a_boolean boolean, a_text text, a_varchar varchar(10), a_char char(8), a_name name, a_uuid uuid,
  a_date date, a_timestamp timestamp, a_second timestamp(0), an_instant timestamptz,
  a_time time, a_zoned_time timetz, a_json json, a_jsonb jsonb,
  some_texts text[], some_integers integer[], some_numerics numeric[],
  an_enum mood, a_domain positive, a_text_domain words, an_inet inet, a_money money, a_bytea bytea
);
insert into every_type values
  (1, 3, 4, 9007199254740993, 12345678901234567.89, 12.50, 1.1, 2.2,
   true, ' Ada ', 'abc', 'ab', 'nm', '0b7fe6a4-1d2e-4e52-9d3a-0c8d7b0d6a11',
   '2026-11-24', '2026-11-24 10:00:00.123456', '2026-11-24 10:00:00', '2026-11-24 10:00:00.5+02',
   '10:00:01.5', '10:00:01+02', '{"b": 1, "a": [1, 2.50]}', '{"b": 1, "a": [1, 2.50]}',
   '{a,"b c"}', '{1,2}', '{1.50,2}', 'ok', 7, 'x', '10.0.0.1/8', '12.34', '\xdeadbeef');
insert into every_type (id, a_numeric, a_price, a_real, a_double, a_date, a_timestamp, a_jsonb) values
  (2, 10.00, 10.00, 3, 3, '1999-01-01', 'infinity', '"plain"'),
  (3, 1e20, -0.05, 1e20, 1e300, 'infinity', '0099-01-01', '12.50'),
  (4, 0.000001, 0, 1e-7, 1e-7, null, null, 'null');
