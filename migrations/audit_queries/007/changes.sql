-- What the application writes while the batches are copied; the switch goes through it.
CREATE TABLE public.migration_007_changed (
    source text NOT NULL,
    id     uuid NOT NULL
);

CREATE FUNCTION public.migration_007_note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO public.migration_007_changed VALUES (TG_TABLE_NAME, OLD.id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO public.migration_007_changed VALUES (TG_TABLE_NAME, NEW.id);
    END IF;
    RETURN NULL;
END;
$$;
