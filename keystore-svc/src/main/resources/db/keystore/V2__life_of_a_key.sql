-- The keystores that share this journal. A row that nobody took away is one that runs, or one that ended without
-- writing down what it had heard last.
CREATE TABLE keystore_instance (
  name text PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now()
);

-- Keys that are to be retired as soon as nothing hangs on them, in the words of whoever ordered it.
CREATE TABLE retirement_order (
  ring text NOT NULL,
  kid bigint NOT NULL,
  actor text NOT NULL,
  origin text NOT NULL,
  reason text NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (ring, kid)
);

-- When an issuer began to count what hangs on its keys.
ALTER TABLE verifier_lease ADD COLUMN usage_counted_at timestamptz;
