-- The truth of the key log. Appended to, never changed: epoch n+1 is inserted by whoever read n, and the primary key
-- lets only one of two racing keystores do so.
CREATE TABLE key_event (
  epoch bigint PRIMARY KEY CHECK (epoch > 0),
  event bytea NOT NULL,
  signature bytea NOT NULL,
  log_key_thumbprint text NOT NULL,
  appended_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'key_event is append-only';
END;
$$;

CREATE TRIGGER key_event_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON key_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The table above is the outbox; this says how far it has been published.
CREATE TABLE publication (
  topic text PRIMARY KEY,
  epoch bigint NOT NULL CHECK (epoch >= 0),
  moved_at timestamptz NOT NULL DEFAULT now()
);

-- What the settings said when they last took effect, so that a change of them can be told from a restart.
CREATE TABLE ring_setting (
  ring text PRIMARY KEY,
  configured_path text NOT NULL,
  in_effect_since timestamptz NOT NULL DEFAULT now()
);

-- The newest report of every verifier.
CREATE TABLE verifier_lease (
  caller text NOT NULL,
  name text NOT NULL,
  epoch bigint NOT NULL,
  key_set_hash bytea NOT NULL,
  algs text[] NOT NULL,
  usage jsonb NOT NULL,
  propagation_ms bigint NOT NULL,
  reported_at timestamptz NOT NULL,
  PRIMARY KEY (caller, name)
);
CREATE INDEX verifier_lease_reported_at ON verifier_lease (reported_at);
