-- The token registry: one row for each token that is live. A token without a row is not.
CREATE TABLE device_token (
  -- `jti`.
  id          text COLLATE "C" PRIMARY KEY,
  device_id   text COLLATE "C" NOT NULL,
  auth_set_id text COLLATE "C" NOT NULL,
  kid         bigint NOT NULL CHECK (kid >= 0),
  issued_at   timestamptz NOT NULL,
  -- Null: never.
  expires_at  timestamptz
);

CREATE INDEX device_token_of_device ON device_token (device_id);
CREATE INDEX device_token_by_key ON device_token (kid, expires_at);
