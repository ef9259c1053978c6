-- What only looking up old queries needed.
INSERT INTO public.migration_007_state (kind, name, definition)
SELECT 'index', indexname, indexdef
FROM pg_indexes
WHERE schemaname = 'public' AND indexname IN ('idx_ai_queries_report_id', 'idx_ai_queries_company_id');

-- dbmigrate: allow drop-index-not-concurrent a moment, with a lock_timeout; the names are remembered in the same transaction
DROP INDEX IF EXISTS public.idx_ai_queries_report_id, public.idx_ai_queries_company_id;
