CREATE TABLE users (
  id            text COLLATE "C" PRIMARY KEY,
  email         text COLLATE "C" NOT NULL CONSTRAINT users_email_key UNIQUE,
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL,
  updated_at    timestamptz NOT NULL,
  login_at      timestamptz
);

-- The token registry: one row for each token that is live. A token without a row is not.
CREATE TABLE token (
  id         text COLLATE "C" PRIMARY KEY,
  -- The order of issue, which clocks do not give.
  seq        bigint GENERATED ALWAYS AS IDENTITY,
  user_id    text COLLATE "C" NOT NULL REFERENCES users ON DELETE CASCADE,
  kid        bigint NOT NULL CHECK (kid >= 0),
  kind       text COLLATE "C" NOT NULL CHECK (kind IN ('session', 'personal_access_token')),
  issued_at  timestamptz NOT NULL,
  -- Null: never.
  expires_at timestamptz
);

CREATE INDEX token_of_user ON token (user_id, kind, seq DESC);
CREATE INDEX token_by_key ON token (kid, kind, expires_at);
CREATE INDEX token_by_expiry ON token (expires_at) WHERE expires_at IS NOT NULL;
