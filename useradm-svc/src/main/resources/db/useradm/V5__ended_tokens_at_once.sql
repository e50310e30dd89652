-- One statement for all rows that end together, and not one for each: everybody's tokens may end in one.
DROP TRIGGER note_ended_token ON token;
DROP FUNCTION note_ended_token;

CREATE FUNCTION note_ended_tokens() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO token_ended (id, expires_at)
  SELECT id, expires_at FROM ended WHERE taken_over ON CONFLICT (id) DO NOTHING;
  RETURN NULL;
END
$$;

CREATE TRIGGER note_ended_tokens AFTER DELETE ON token
  REFERENCING OLD TABLE AS ended FOR EACH STATEMENT EXECUTE FUNCTION note_ended_tokens();
