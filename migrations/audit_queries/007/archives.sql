DO $$ BEGIN RAISE NOTICE 'Step 2: Archives of the old tables'; END $$;

-- What the rollback has to know: options of the run, and definitions of what the switch takes away.
CREATE TABLE public.migration_007_state (
    kind       text NOT NULL,
    name       text NOT NULL,
    definition text NOT NULL,
    PRIMARY KEY (kind, name)
);

INSERT INTO public.migration_007_state (kind, name, definition)
SELECT 'option', 'archive_orphans', 'on'
WHERE coalesce(current_setting('dbmigrate.archive_orphans', true), '') = 'on';

CREATE TABLE public.ai_queries_archive (
    LIKE public.ai_queries,
    archived_at    timestamptz NOT NULL DEFAULT now(),
    archived_by    text NOT NULL DEFAULT 'migration_007',
    audit_query_id uuid,
    PRIMARY KEY (id)
);
CREATE TABLE public.ai_responses_archive (
    LIKE public.ai_responses,
    archived_at timestamptz NOT NULL DEFAULT now(),
    archived_by text NOT NULL DEFAULT 'migration_007',
    PRIMARY KEY (id)
);
CREATE TABLE public.ai_visibility_reports_archive (
    LIKE public.ai_visibility_reports,
    archived_at timestamptz NOT NULL DEFAULT now(),
    archived_by text NOT NULL DEFAULT 'migration_007',
    PRIMARY KEY (id)
);
CREATE INDEX ai_queries_archive_query_id ON public.ai_queries_archive (query_id);
CREATE INDEX ai_queries_archive_audit_query_id ON public.ai_queries_archive (audit_query_id);
