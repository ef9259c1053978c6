CREATE EXTENSION IF NOT EXISTS "uuid-ossp";

-- The extension stays in whatever schema it is; its functions are found there from here on.
SELECT set_config('search_path', format('public, %I', n.nspname), true)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'uuid-ossp';

CREATE TABLE public.personas (
    id         uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
    raw_text   text NOT NULL,
    persona    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
