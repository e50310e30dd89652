-- The last change of its key that a device was ordered to make.
CREATE TABLE key_rotation (
  device_id    text COLLATE "C" PRIMARY KEY REFERENCES device ON DELETE CASCADE,
  -- 32 random bytes, for this order only.
  challenge    bytea NOT NULL,
  state        text COLLATE "C" NOT NULL
    CHECK (state IN ('ordered', 'offered', 'done', 'rolled_back', 'conflict', 'cancelled')),
  -- Whose key is to go. No reference: what has been deleted since is still told.
  old_auth_set text COLLATE "C" NOT NULL,
  -- Null while no key has been offered.
  new_auth_set text COLLATE "C",
  ordered_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  changed_at   timestamptz NOT NULL
);
