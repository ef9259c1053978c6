-- Copies the old queries with these ids that are not in the archive yet. A text that the audit holds already is linked.
CREATE FUNCTION public.migration_007_copy_queries(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wanted text := public.migration_007_writable('public.audit_queries', ARRAY[
        'id', 'query_text', 'query_hash', 'intent', 'category', 'complexity_score', 'priority_score',
        'buyer_journey_stage', 'semantic_variations', 'expected_serp_features', 'metadata', 'created_at',
        'competitive_relevance', 'persona_alignment', 'industry_specificity']);
BEGIN
    EXECUTE format($sql$
        WITH old AS MATERIALIZED (
            SELECT q.id, q.query_id, q.query_text, q.report_id, q.created_at, m.audit_id
            FROM public.ai_queries q
            LEFT JOIN (public.report_audit_mapping m
                       JOIN public.ai_visibility_reports r ON r.report_id = m.report_id
                       JOIN public.companies rc ON rc.id = r.company_id)
                   ON m.report_id = q.report_id AND EXISTS (SELECT FROM public.companies c WHERE c.id = q.company_id)
            WHERE q.id = ANY ($1)
              AND NOT EXISTS (SELECT FROM public.ai_queries_archive a WHERE a.id = q.id)
        ), target AS MATERIALIZED (
            SELECT o.*, held.id AS held,
                   first_value(o.id) OVER (PARTITION BY o.audit_id, o.query_text ORDER BY o.created_at, o.id) AS first
            FROM old o
            LEFT JOIN LATERAL (
                SELECT n.id
                FROM public.audit_queries n
                WHERE n.audit_id = o.audit_id AND md5(n.query_text) = md5(o.query_text) AND n.query_text = o.query_text
                ORDER BY n.migrated_from IS NOT NULL, n.created_at, n.id
                LIMIT 1
            ) AS held ON true
        ), archived AS (
            INSERT INTO public.ai_queries_archive
            SELECT q.*, now(), 'migration_007', CASE WHEN t.audit_id IS NOT NULL THEN coalesce(t.held, t.first) END
            FROM target t
            JOIN public.ai_queries q ON q.id = t.id
        )
        INSERT INTO public.audit_queries (audit_id, migrated_from, legacy_query_id, legacy_report_id, %1$s)
        SELECT t.audit_id, 'ai_queries', t.query_id, t.report_id, %2$s
        FROM target t
        JOIN public.migration_007_queries m ON m.id = t.id
        WHERE t.audit_id IS NOT NULL AND t.held IS NULL AND t.first = t.id
        $sql$,
        wanted, (SELECT string_agg('m.' || name, ', ') FROM unnest(string_to_array(wanted, ', ')) AS name)) USING ids;
END
$$;

-- Copies the old responses with these ids that are not in the archive yet, to where their queries went.
CREATE FUNCTION public.migration_007_copy_responses(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wanted text := public.migration_007_writable('public.audit_responses', ARRAY[
        'provider', 'model_version', 'response_text', 'response_time_ms', 'tokens_used', 'brand_mentioned',
        'mention_position', 'mention_context', 'sentiment', 'sentiment_score', 'recommendation_strength',
        'competitors_mentioned', 'competitive_advantage', 'key_features_mentioned', 'created_at', 'analysis_metadata',
        'response_summary', 'mentioned_features', 'mentioned_benefits', 'call_to_action']);
BEGIN
    EXECUTE format($sql$
        WITH old AS MATERIALIZED (
            SELECT r.id, n.id AS query_id, n.audit_id
            FROM public.ai_responses r
            LEFT JOIN public.ai_queries_archive a ON a.query_id = r.query_id
            LEFT JOIN public.audit_queries n ON n.id = a.audit_query_id
            WHERE r.id = ANY ($1)
              AND NOT EXISTS (SELECT FROM public.ai_responses_archive x WHERE x.id = r.id)
        ), archived AS (
            INSERT INTO public.ai_responses_archive
            SELECT r.*, now(), 'migration_007' FROM old o JOIN public.ai_responses r ON r.id = o.id
        )
        INSERT INTO public.audit_responses (query_id, audit_id, migrated_from, legacy_response_id, %1$s)
        SELECT o.query_id, o.audit_id, 'ai_responses', o.id, %2$s
        FROM old o
        JOIN public.migration_007_responses m ON m.id = o.id
        WHERE o.query_id IS NOT NULL
          AND NOT EXISTS (
            SELECT FROM public.audit_responses n
            WHERE n.query_id = o.query_id AND n.provider = m.provider AND n.created_at IS NOT DISTINCT FROM m.created_at
              AND n.migrated_from IS NULL)
        $sql$,
        wanted, (SELECT string_agg('m.' || name, ', ') FROM unnest(string_to_array(wanted, ', ')) AS name)) USING ids;
END
$$;

-- Reports without a mapping get one, with a placeholder audit where there is no audit.
CREATE FUNCTION public.migration_007_map_reports() RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.ai_visibility_audits
        (id, company_id, company_name, status, report_id, query_count, created_at, completed_at)
    SELECT m.audit_id, m.company_id, c.name, 'completed', m.report_id,
           (SELECT count(*) FROM public.ai_queries q WHERE q.report_id = m.report_id), m.generated_at, m.generated_at
    FROM public.migration_007_reports m
    JOIN public.companies c ON c.id = m.company_id
    WHERE m.placeholder AND NOT EXISTS (SELECT FROM public.report_audit_mapping x WHERE x.report_id = m.report_id);

    INSERT INTO public.report_audit_mapping (report_id, audit_id, company_id, placeholder)
    SELECT m.report_id, m.audit_id, m.company_id, m.audit_id = 'legacy-' || md5(m.report_id)
    FROM public.migration_007_reports m
    WHERE NOT EXISTS (SELECT FROM public.report_audit_mapping x WHERE x.report_id = m.report_id);
$$;
