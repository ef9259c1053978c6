-- The tables get their names and warnings back, and the archives are filled from them. Rows that were deleted before the
-- archives went cannot come back, so below 007 there is only the backup: rollback_migration_007() knows by its state.
DO $archives$
DECLARE
    queries   regclass := (SELECT 'public.' || quote_ident(definition) FROM public.migration_007_state
                           WHERE kind = 'renamed' AND name = 'ai_queries');
    responses regclass := (SELECT 'public.' || quote_ident(definition) FROM public.migration_007_state
                           WHERE kind = 'renamed' AND name = 'ai_responses');
BEGIN
    EXECUTE format($sql$
        CREATE TABLE public.ai_queries_archive (
            LIKE %s,
            archived_at    timestamptz NOT NULL DEFAULT now(),
            archived_by    text NOT NULL DEFAULT 'migration_007',
            audit_query_id uuid,
            PRIMARY KEY (id)
        )$sql$, queries);
    EXECUTE format($sql$
        CREATE TABLE public.ai_responses_archive (
            LIKE %s,
            archived_at timestamptz NOT NULL DEFAULT now(),
            archived_by text NOT NULL DEFAULT 'migration_007',
            PRIMARY KEY (id)
        )$sql$, responses);

    EXECUTE format($sql$
        INSERT INTO public.ai_queries_archive
        SELECT q.*, now(), 'migration_007', coalesce(copy.id, held.id)
        FROM %s q
        LEFT JOIN public.audit_queries copy ON copy.id = q.id AND copy.migrated_from = 'ai_queries'
        LEFT JOIN public.report_audit_mapping m ON m.report_id = q.report_id
        LEFT JOIN (
            SELECT DISTINCT ON (n.audit_id, n.query_text) n.id, n.audit_id, n.query_text
            FROM public.audit_queries n
            ORDER BY n.audit_id, n.query_text, n.migrated_from IS NOT NULL, n.created_at, n.id
        ) AS held ON held.audit_id = m.audit_id AND held.query_text = q.query_text
        $sql$, queries);
    EXECUTE format('INSERT INTO public.ai_responses_archive SELECT r.*, now(), ''migration_007'' FROM %s r', responses);
END
$archives$;

CREATE TABLE public.ai_visibility_reports_archive (
    LIKE public.ai_visibility_reports,
    archived_at timestamptz NOT NULL DEFAULT now(),
    archived_by text NOT NULL DEFAULT 'migration_007',
    PRIMARY KEY (id)
);
INSERT INTO public.ai_visibility_reports_archive
SELECT r.*, now(), 'migration_007' FROM public.ai_visibility_reports r;

CREATE INDEX ai_queries_archive_query_id ON public.ai_queries_archive (query_id);
CREATE INDEX ai_queries_archive_audit_query_id ON public.ai_queries_archive (audit_query_id);

CREATE OR REPLACE VIEW public.ai_queries_compat AS
SELECT id, report_id, company_id, query_id, query_text, intent, buyer_journey_stage, complexity_score,
       competitive_relevance, priority_score, semantic_variations, expected_serp_features, persona_alignment,
       industry_specificity, created_at
FROM public.ai_queries_archive;

ANALYZE public.ai_queries_archive, public.ai_responses_archive, public.ai_visibility_reports_archive;

DO $rename$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM public.migration_007_state WHERE kind = 'renamed' LOOP
        EXECUTE format('ALTER TABLE public.%I RENAME TO %I', one.definition, one.name);
    END LOOP;
    DELETE FROM public.migration_007_state WHERE kind = 'renamed';
END
$rename$;

CREATE TRIGGER trigger_warn_ai_queries_deprecated BEFORE INSERT OR UPDATE ON public.ai_queries
    FOR EACH STATEMENT EXECUTE FUNCTION public.warn_deprecated_table();
CREATE TRIGGER trigger_warn_ai_responses_deprecated BEFORE INSERT OR UPDATE ON public.ai_responses
    FOR EACH STATEMENT EXECUTE FUNCTION public.warn_deprecated_table();
