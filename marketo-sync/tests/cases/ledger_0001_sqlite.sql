-- A ledger of the first version with a linked row and an open reject.

CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE records (
  instance TEXT NOT NULL,
  object TEXT NOT NULL,
  record_key TEXT NOT NULL,
  marketo_id TEXT,
  base JSON NOT NULL,
  status TEXT NOT NULL,
  pushed_at DATETIME,
  pulled_at DATETIME,
  PRIMARY KEY (instance, object, record_key)
);

CREATE TABLE rejects (
  instance TEXT NOT NULL,
  object TEXT NOT NULL,
  record_key TEXT NOT NULL,
  stream TEXT NOT NULL,
  code TEXT NOT NULL,
  reason TEXT,
  request_id TEXT,
  payload JSON,
  digest TEXT,
  attempts INTEGER NOT NULL,
  first_at DATETIME NOT NULL,
  last_at DATETIME NOT NULL,
  resolved_at DATETIME,
  PRIMARY KEY (instance, object, record_key)
);

CREATE TABLE conflicts (
  id INTEGER NOT NULL,
  instance TEXT NOT NULL,
  object TEXT NOT NULL,
  record_key TEXT NOT NULL,
  marketo_id TEXT,
  field TEXT NOT NULL,
  base_value JSON,
  marketo_value JSON,
  database_value JSON,
  marketo_at DATETIME,
  database_at DATETIME,
  policy TEXT NOT NULL,
  winner TEXT,
  decided_at DATETIME,
  PRIMARY KEY (id)
);

CREATE INDEX conflicts_by_record ON conflicts (instance, object, record_key);

CREATE TABLE pending (
  instance TEXT NOT NULL,
  object TEXT NOT NULL,
  record_key TEXT NOT NULL,
  "row" JSON NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (instance, object, record_key)
);

CREATE TABLE changes (
  id INTEGER NOT NULL,
  instance TEXT NOT NULL,
  object TEXT NOT NULL,
  record_key TEXT NOT NULL,
  field TEXT NOT NULL,
  side TEXT NOT NULL,
  old JSON,
  new JSON,
  rule TEXT,
  cycle BIGINT NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY (id)
);

CREATE INDEX changes_by_record ON changes (instance, object, record_key);

CREATE TABLE cycles (
  id INTEGER NOT NULL,
  instance TEXT NOT NULL,
  command TEXT NOT NULL,
  started_at DATETIME NOT NULL,
  finished_at DATETIME,
  status TEXT NOT NULL,
  counts JSON,
  PRIMARY KEY (id)
);

INSERT INTO alembic_version (version_num) VALUES ('0001');

INSERT INTO records (instance, object, record_key, marketo_id, base, status, pushed_at) VALUES
  ('default', 'contacts', '1', '1001',
   '{"email":{"database":"A@x.com","marketo":"a@x.com","pushed_at":"2026-11-24T10:00:00+00:00","cycle":1,"rule":"push"}}',
   'linked', '2026-11-24 10:00:00.000000');

INSERT INTO rejects (instance, object, record_key, stream, code, payload, digest, attempts, first_at, last_at) VALUES
  ('default', 'contacts', '2', 'crm-contacts', '1006', '{"id":2}', 'one', 3,
   '2026-11-23 10:00:00.000000', '2026-11-24 10:00:00.000000');
