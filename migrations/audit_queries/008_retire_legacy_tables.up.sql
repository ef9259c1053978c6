-- The view follows the table by its identity, so it goes on answering under the new name.
CREATE OR REPLACE VIEW public.ai_queries_compat AS
SELECT id, report_id, company_id, query_id, query_text, intent, buyer_journey_stage, complexity_score,
       competitive_relevance, priority_score, semantic_variations, expected_serp_features, persona_alignment,
       industry_specificity, created_at
FROM public.ai_queries;

DROP TRIGGER trigger_warn_ai_queries_deprecated ON public.ai_queries;
-- dbmigrate: allow many-tables-locked nobody writes to either of them any more
DROP TRIGGER trigger_warn_ai_responses_deprecated ON public.ai_responses;
-- dbmigrate: allow drop-table copies of rows that 007 moved, held for as long as its downgrade was wanted
DROP TABLE public.ai_queries_archive, public.ai_responses_archive, public.ai_visibility_reports_archive;

INSERT INTO public.migration_007_state (kind, name, definition) VALUES ('archives', 'dropped', now()::text)
ON CONFLICT (kind, name) DO UPDATE SET definition = EXCLUDED.definition;

-- dbmigrate: allow opaque-dynamic-sql only renames; the day is in the new names
DO $rename$
BEGIN
    EXECUTE format('ALTER TABLE public.ai_queries RENAME TO %I', 'ai_queries_archived_' || to_char(now(), 'YYYYMMDD'));
    EXECUTE format('ALTER TABLE public.ai_responses RENAME TO %I', 'ai_responses_archived_' || to_char(now(), 'YYYYMMDD'));
    INSERT INTO public.migration_007_state (kind, name, definition) VALUES
        ('renamed', 'ai_queries', 'ai_queries_archived_' || to_char(now(), 'YYYYMMDD')),
        ('renamed', 'ai_responses', 'ai_responses_archived_' || to_char(now(), 'YYYYMMDD'));
END
$rename$;
