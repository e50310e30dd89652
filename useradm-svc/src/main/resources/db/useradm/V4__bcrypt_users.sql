-- Finds out at once whether any user still has a password hash of another system.
CREATE INDEX users_with_bcrypt ON users (id) WHERE password_hash LIKE '$2%';
