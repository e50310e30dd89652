-- Finds out at once what the dearest password hash of another system is that a user still has.
CREATE INDEX users_with_bcrypt ON users ((substr(password_hash, 5, 2)::int)) WHERE password_hash LIKE '$2%';
