-- Personal access tokens, and tokens that another system has issued.
ALTER TABLE token
  -- Null: not known, until the token is used.
  ALTER COLUMN kid DROP NOT NULL,
  -- Null: a session.
  ADD COLUMN name text COLLATE "C",
  ADD COLUMN last_used_at timestamptz,
  -- Issued by another system.
  ADD COLUMN taken_over boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT token_name_check CHECK ((name IS NOT NULL) = (kind = 'personal_access_token'));

-- A name may have 4096 bytes, more than an index entry can hold. Who makes two names of one MD5 hinders nobody else.
CREATE UNIQUE INDEX token_by_name ON token (user_id, md5(name)) WHERE name IS NOT NULL;

-- Tokens of another system that were ended here: taking them over once more must not bring them back.
CREATE TABLE token_ended (
  id         text COLLATE "C" PRIMARY KEY,
  -- Null: never.
  expires_at timestamptz
);

CREATE INDEX token_ended_by_expiry ON token_ended (expires_at) WHERE expires_at IS NOT NULL;

CREATE FUNCTION note_ended_token() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO token_ended (id, expires_at) VALUES (OLD.id, OLD.expires_at) ON CONFLICT (id) DO NOTHING;
  RETURN NULL;
END
$$;

CREATE TRIGGER note_ended_token AFTER DELETE ON token
  FOR EACH ROW WHEN (OLD.taken_over) EXECUTE FUNCTION note_ended_token();

-- The order in which users are listed.
CREATE INDEX users_in_order ON users (created_at, id);

CREATE TABLE settings (
  -- Null: the settings of everybody.
  user_id text COLLATE "C" CONSTRAINT settings_of_user UNIQUE REFERENCES users ON DELETE CASCADE,
  etag    text COLLATE "C" NOT NULL,
  -- One JSON object. Text and not jsonb: it is given back as it came, and nobody looks inside.
  json    text NOT NULL
);

CREATE UNIQUE INDEX settings_of_everybody ON settings ((true)) WHERE user_id IS NULL;

-- What hangs on each kid is counted in the order of this index, without a sort.
CREATE INDEX token_by_kid ON token (kid, user_id, kind, expires_at);
DROP INDEX token_by_key;
