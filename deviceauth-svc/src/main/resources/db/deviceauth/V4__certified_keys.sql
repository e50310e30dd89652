-- The key has come with a certificate that the gateway vouched for: from then on it gets no token without one, or whoever
-- has been shut out by certificate would come in without it.
ALTER TABLE auth_set ADD COLUMN certified boolean NOT NULL DEFAULT false;
