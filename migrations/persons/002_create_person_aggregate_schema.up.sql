SELECT set_config('search_path', format('public, %I', n.nspname), true)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'uuid-ossp';

-- The root of the aggregate.
CREATE TABLE public.persons (
    id         uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- What was submitted about a person; rows are added, never overwritten.
CREATE TABLE public.person_data (
    id         uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
    person_id  uuid NOT NULL REFERENCES public.persons (id) ON DELETE CASCADE,
    raw_text   text NOT NULL,
    source     varchar(50) DEFAULT 'api',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_persons_created_at ON public.persons (created_at DESC);
CREATE INDEX idx_person_data_person_id ON public.person_data (person_id);
CREATE INDEX idx_person_data_created_at ON public.person_data (created_at);

CREATE FUNCTION public.update_persons_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER trigger_persons_updated_at BEFORE UPDATE ON public.persons
    FOR EACH ROW EXECUTE FUNCTION public.update_persons_updated_at();

CREATE FUNCTION public.update_person_data_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER trigger_person_data_updated_at BEFORE UPDATE ON public.person_data
    FOR EACH ROW EXECUTE FUNCTION public.update_person_data_updated_at();

-- No row is rewritten or scanned: the defaults are constants, and a new column without a value needs no validation. The
-- foreign key stands in a statement of its own, since PostgreSQL validates it by a scan under ACCESS EXCLUSIVE where any
-- column that the same statement adds has a default.
ALTER TABLE public.personas
    ADD COLUMN person_id uuid REFERENCES public.persons (id) ON DELETE CASCADE;
ALTER TABLE public.personas
    ADD COLUMN version int DEFAULT 1,
    ADD COLUMN computed_from_data_ids uuid[] DEFAULT '{}';
