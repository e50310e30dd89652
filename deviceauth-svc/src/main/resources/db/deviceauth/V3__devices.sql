CREATE TABLE device (
  id              text COLLATE "C" PRIMARY KEY,
  -- Canonical JSON object.
  identity_data   text NOT NULL,
  identity_sha256 bytea NOT NULL CONSTRAINT device_identity UNIQUE,
  -- That of its strongest auth set.
  status          text COLLATE "C" NOT NULL
    CHECK (status IN ('accepted', 'noauth', 'pending', 'preauthorized', 'rejected')),
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL
);

-- The order in which devices are listed.
CREATE INDEX device_in_order ON device (status, id);

-- One key that a device has shown, or will show.
CREATE TABLE auth_set (
  id         text COLLATE "C" PRIMARY KEY,
  device_id  text COLLATE "C" NOT NULL REFERENCES device ON DELETE CASCADE,
  -- SubjectPublicKeyInfo, DER.
  public_key bytea NOT NULL,
  status     text COLLATE "C" NOT NULL CHECK (status IN ('accepted', 'pending', 'preauthorized', 'rejected')),
  created_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX auth_set_by_key ON auth_set (device_id, sha256(public_key));
CREATE UNIQUE INDEX auth_set_accepted ON auth_set (device_id) WHERE status = 'accepted';
CREATE UNIQUE INDEX auth_set_preauthorized ON auth_set (device_id) WHERE status = 'preauthorized';

-- So far nobody has issued tokens here.
DELETE FROM device_token;

ALTER TABLE device_token
  -- The order of issue, which clocks do not give.
  ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY,
  ADD CONSTRAINT device_token_of_auth_set FOREIGN KEY (auth_set_id) REFERENCES auth_set ON DELETE CASCADE;

CREATE INDEX device_token_in_order ON device_token (auth_set_id, seq DESC);
CREATE INDEX device_token_by_expiry ON device_token (expires_at) WHERE expires_at IS NOT NULL;
-- What hangs on each kid is counted in the order of this index, without a sort.
CREATE INDEX device_token_by_kid ON device_token (kid, device_id, expires_at);
DROP INDEX device_token_by_key;
DROP INDEX device_token_of_device;

-- When a token of a device was last used, to a few minutes. A table of its own: it is written far more often than anything
-- else, and pages of `device` that nobody writes to are counted and listed from the index alone.
CREATE TABLE check_in (
  device_id text COLLATE "C" PRIMARY KEY REFERENCES device ON DELETE CASCADE,
  at        timestamptz NOT NULL
) WITH (fillfactor = 80);

-- Absent: any number.
CREATE TABLE device_limit (
  name  text COLLATE "C" PRIMARY KEY,
  value bigint NOT NULL CHECK (value >= 0)
);

-- How many devices have each status: the sum over the slots. Each connection adds to a slot of its own, so that they do not
-- wait for one another. Kept by the triggers, whoever writes to `device`.
CREATE TABLE device_count (
  status  text COLLATE "C" NOT NULL,
  slot    int NOT NULL,
  devices bigint NOT NULL,
  PRIMARY KEY (status, slot)
) WITH (fillfactor = 10);

CREATE FUNCTION count_devices() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  -- In the order of statuses: two transactions that share a slot must not wait for each other.
  IF TG_OP = 'INSERT' THEN
    INSERT INTO device_count (status, slot, devices)
      SELECT status, pg_backend_pid() % 16, count(*) FROM added GROUP BY status ORDER BY status
      ON CONFLICT (status, slot) DO UPDATE SET devices = device_count.devices + excluded.devices;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO device_count (status, slot, devices)
      SELECT status, pg_backend_pid() % 16, -count(*) FROM removed GROUP BY status ORDER BY status
      ON CONFLICT (status, slot) DO UPDATE SET devices = device_count.devices + excluded.devices;
  ELSE
    INSERT INTO device_count (status, slot, devices)
      SELECT status, pg_backend_pid() % 16, sum(change)
      FROM (SELECT status, 1 AS change FROM added UNION ALL SELECT status, -1 FROM removed) AS changes
      GROUP BY status HAVING sum(change) <> 0 ORDER BY status
      ON CONFLICT (status, slot) DO UPDATE SET devices = device_count.devices + excluded.devices;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER count_added AFTER INSERT ON device
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_devices();
CREATE TRIGGER count_removed AFTER DELETE ON device
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_devices();
CREATE TRIGGER count_changed AFTER UPDATE ON device
  REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_devices();
