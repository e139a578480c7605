-- The store of the audit server. Run once, as the owner of the database; every statement may be run again.
--
-- Nobody changes or deletes a record: the writer may insert, the reader may read, and a trigger stops even the owner.
-- Whole months leave through audit.drop_month(), which a legal hold stops.
CREATE SCHEMA IF NOT EXISTS audit;

CREATE TABLE IF NOT EXISTS audit.event (
  recorded   timestamptz NOT NULL,              -- by the workstation's clock
  leaf       bigint      NOT NULL,              -- place in the tree, from 0, in the order of committing
  chain      uuid        NOT NULL,
  sequence   integer     NOT NULL,
  source     text        NOT NULL,              -- who opened the chain, by their certificate
  peer       text,                              -- who brought this record, where it was another one
  node       text        NOT NULL,
  type       text        NOT NULL,
  outcome    smallint    NOT NULL,
  user_id    text,
  session    uuid,
  patient    text,
  system     text,
  previous   bytea       NOT NULL,              -- hash of the record before it
  hash       bytea       NOT NULL,
  mac        bytea,
  body       text        NOT NULL,              -- the record in its one canonical form
  received   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chain, sequence, recorded)
) PARTITION BY RANGE (recorded);
-- The live view: 1.8 ms with it, 10 s with BRIN alone (shared measurement on 10 million rows).
CREATE INDEX IF NOT EXISTS event_recorded ON audit.event (recorded);
-- With all that "who looked, person by person" counts: read from the index alone.
CREATE INDEX IF NOT EXISTS event_patient ON audit.event (patient, recorded DESC)
  INCLUDE (user_id, node, type, outcome) WHERE patient IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_user ON audit.event (user_id, recorded DESC) WHERE user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_leaf ON audit.event (leaf);
CREATE INDEX IF NOT EXISTS event_telling ON audit.event (recorded DESC, type) WHERE outcome <> 0;
CREATE INDEX IF NOT EXISTS event_seldom ON audit.event (type, recorded DESC)
  WHERE type LIKE 'breakGlass.%' OR type LIKE 'alert.%' OR type LIKE 'audit.%' OR type LIKE 'trail.%';
CREATE INDEX IF NOT EXISTS event_sessions ON audit.event (node, recorded DESC)
  WHERE type IN ('session.signedIn', 'session.signedOut');

-- What is held of each chain: says where it has to go on. Not evidence: the records are.
CREATE TABLE IF NOT EXISTS audit.chain (
  chain         uuid PRIMARY KEY,
  source        text        NOT NULL,
  node          text        NOT NULL,
  host          text,
  version       text        NOT NULL,
  opened        timestamptz NOT NULL,
  sequence      integer     NOT NULL,
  head          bytea       NOT NULL,
  last          timestamptz NOT NULL,
  received      timestamptz NOT NULL DEFAULT now(),
  closed        boolean     NOT NULL,
  before        uuid,                            -- the chain before it on that computer, as it says
  before_last   integer,
  before_head   bytea
);
CREATE INDEX IF NOT EXISTS chain_opened ON audit.chain (opened DESC);
CREATE INDEX IF NOT EXISTS chain_before ON audit.chain (before);

-- What did not go on from what was held: kept as it came, never part of an answer.
CREATE TABLE IF NOT EXISTS audit.refused (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received  timestamptz NOT NULL DEFAULT now(),
  peer      text        NOT NULL,
  chain     text        NOT NULL,
  sequence  integer,
  because   text        NOT NULL,
  digest    bytea       NOT NULL,               -- SHA-256 of the line: the same line is kept once
  line      text        NOT NULL,
  UNIQUE (chain, digest)
);

-- Other numbers of a patient; other patients of a record.
CREATE TABLE IF NOT EXISTS audit.alias (alias text PRIMARY KEY, patient text NOT NULL);
CREATE INDEX IF NOT EXISTS alias_patient ON audit.alias (patient);
CREATE TABLE IF NOT EXISTS audit.mention (
  patient text NOT NULL, recorded timestamptz NOT NULL, chain uuid NOT NULL, sequence integer NOT NULL,
  PRIMARY KEY (patient, recorded, chain, sequence)
);
CREATE TABLE IF NOT EXISTS audit.person (user_id text PRIMARY KEY, display text NOT NULL, family text NOT NULL);

-- The tree over all records (RFC 6962) and its signed roots.
CREATE TABLE IF NOT EXISTS audit.tree_node (
  level smallint NOT NULL, index bigint NOT NULL, hash bytea NOT NULL, PRIMARY KEY (level, index)
);
CREATE TABLE IF NOT EXISTS audit.checkpoint (
  size bigint PRIMARY KEY, root bytea NOT NULL, at timestamptz NOT NULL, note text NOT NULL
);
-- Of records that retention deleted: enough to prove those that stay.
CREATE TABLE IF NOT EXISTS audit.dropped_leaf (leaf bigint PRIMARY KEY, hash bytea NOT NULL);

CREATE TABLE IF NOT EXISTS audit.hold (
  name text PRIMARY KEY, patient text, user_id text, because text NOT NULL, by text NOT NULL,
  since timestamptz NOT NULL DEFAULT now(), CHECK (patient IS NOT NULL OR user_id IS NOT NULL)
);

-- A name as main/domain/auditQuestions.ts compares names: letters only, lower case, without marks.
CREATE OR REPLACE FUNCTION audit.comparable(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT btrim(regexp_replace(regexp_replace(lower(normalize(coalesce(name, ''), NFD)), '[\u0300-\u036f]', '', 'g'),
    '[^[:alpha:]]+', ' ', 'g'))
$$;

CREATE OR REPLACE FUNCTION audit.never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'records of the audit trail are never changed or deleted (%)', TG_OP;
END $$;
CREATE OR REPLACE TRIGGER never_change BEFORE UPDATE OR DELETE ON audit.event FOR EACH ROW EXECUTE FUNCTION audit.never();
CREATE OR REPLACE TRIGGER never_empty BEFORE TRUNCATE ON audit.event FOR EACH STATEMENT EXECUTE FUNCTION audit.never();
CREATE OR REPLACE TRIGGER never_change BEFORE UPDATE OR DELETE ON audit.refused FOR EACH ROW EXECUTE FUNCTION audit.never();
CREATE OR REPLACE TRIGGER never_change BEFORE UPDATE OR DELETE ON audit.checkpoint FOR EACH ROW EXECUTE FUNCTION audit.never();

-- Makes the partition of a month, where it is missing. Whole months of UTC.
CREATE OR REPLACE FUNCTION audit.ensure_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  name text := 'event_' || to_char(first, 'YYYY_MM');
BEGIN
  IF to_regclass('audit.' || name) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE audit.%I PARTITION OF audit.event FOR VALUES FROM (%L) TO (%L)', name,
    first::text || ' 00:00:00+00', (first + interval '1 month')::date::text || ' 00:00:00+00');
  EXECUTE format('CREATE TRIGGER never_empty BEFORE TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.never()', name);
END $$;

-- Deletes a whole month, and says how many records it held. Refused while a hold names anybody in it.
CREATE OR REPLACE FUNCTION audit.drop_month(month date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
DECLARE
  name text := 'event_' || to_char(month, 'YYYY_MM');
  held text;
  records bigint;
BEGIN
  IF to_regclass('audit.' || name) IS NULL THEN RAISE EXCEPTION 'there is no month %', to_char(month, 'YYYY-MM'); END IF;
  EXECUTE format('SELECT h.name FROM audit.hold h JOIN audit.%I e ON e.patient = h.patient OR e.user_id = h.user_id
    OR e.patient IN (SELECT a.alias FROM audit.alias a WHERE a.patient = h.patient) LIMIT 1', name) INTO held;
  IF held IS NOT NULL THEN RAISE EXCEPTION 'the legal hold "%" keeps %', held, to_char(month, 'YYYY-MM'); END IF;
  EXECUTE format('INSERT INTO audit.dropped_leaf SELECT leaf, sha256(''\x00''::bytea || uuid_send(chain) || hash) FROM audit.%I', name);
  GET DIAGNOSTICS records = ROW_COUNT;
  EXECUTE format('DROP TABLE audit.%I', name);
  RETURN records;
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_writer') THEN CREATE ROLE audit_writer NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_reader') THEN CREATE ROLE audit_reader NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'audit_keeper') THEN CREATE ROLE audit_keeper NOLOGIN; END IF;
  -- The service signs in as this one, and is one of the three at a time. Its password, or its certificate, is the cluster's business.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lanyard_audit') THEN CREATE ROLE lanyard_audit LOGIN NOINHERIT; END IF;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO audit_writer, audit_reader, audit_keeper;
GRANT SELECT (leaf, chain, sequence, previous, hash, recorded), INSERT ON audit.event TO audit_writer;
GRANT SELECT, INSERT ON audit.refused, audit.tree_node, audit.checkpoint, audit.mention, audit.dropped_leaf TO audit_writer;
GRANT SELECT, INSERT, UPDATE ON audit.chain, audit.alias, audit.person TO audit_writer;
GRANT EXECUTE ON FUNCTION audit.ensure_month(date) TO audit_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA audit TO audit_reader, audit_keeper;
GRANT INSERT, DELETE ON audit.hold TO audit_keeper;
GRANT EXECUTE ON FUNCTION audit.drop_month(date) TO audit_keeper;
GRANT EXECUTE ON FUNCTION audit.comparable(text) TO audit_reader;
GRANT audit_writer, audit_reader, audit_keeper TO lanyard_audit;
