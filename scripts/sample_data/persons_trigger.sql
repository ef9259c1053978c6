-- A trigger of the user's own that refuses some personas, to see failed rows isolated and tried again.
CREATE FUNCTION refuse_some() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this persona is not to be touched';
END;
$$;
CREATE TRIGGER refuse_some BEFORE UPDATE ON personas
    FOR EACH ROW WHEN (OLD.raw_text = 'refuse me') EXECUTE FUNCTION refuse_some();
