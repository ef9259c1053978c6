-- How old values become new ones, as views and functions that stay until the switch: the validation, the batches and
-- the switch use the same text.

-- An array becomes an array of its elements' texts; anything else becomes NULL.
CREATE FUNCTION public.migration_007_text_array(value jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(value) = 'array' THEN
        ARRAY(SELECT element FROM jsonb_array_elements_text(value) WITH ORDINALITY AS e (element, place) ORDER BY place)
    END
$$;

-- Whether the array of texts says all that `value` said.
CREATE FUNCTION public.migration_007_keeps_shape(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT value IS NULL
        OR jsonb_typeof(value) = 'array' AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(CASE WHEN jsonb_typeof(value) = 'array' THEN value END) AS e (element)
            WHERE jsonb_typeof(element) <> 'string')
$$;

-- The audit of each report: completed before others, then the newest, then the greatest id. A report with queries and
-- no audit gets a placeholder.
CREATE VIEW public.migration_007_reports AS
SELECT r.report_id,
       r.company_id,
       coalesce(a.id, 'legacy-' || md5(r.report_id))::varchar(255) AS audit_id,
       a.id IS NULL AS placeholder,
       r.generated_at
FROM public.ai_visibility_reports r
JOIN public.companies c ON c.id = r.company_id
LEFT JOIN LATERAL (
    SELECT v.id
    FROM public.ai_visibility_audits v
    WHERE v.report_id = r.report_id
    ORDER BY (v.status = 'completed') DESC, v.created_at DESC, v.id DESC
    LIMIT 1
) AS a ON true
WHERE a.id IS NOT NULL
   OR EXISTS (SELECT FROM public.ai_queries q WHERE q.report_id = r.report_id);

CREATE VIEW public.migration_007_queries AS
SELECT q.id,
       q.report_id,
       q.query_id,
       q.query_text,
       encode(sha256(convert_to(q.query_text, 'UTF8')), 'hex') AS query_hash,
       coalesce(q.intent, 'informational') AS intent,
       coalesce(q.intent, 'informational') AS category,
       q.complexity_score,
       q.priority_score,
       q.buyer_journey_stage,
       public.migration_007_text_array(q.semantic_variations) AS semantic_variations,
       public.migration_007_text_array(q.expected_serp_features) AS expected_serp_features,
       CASE WHEN q.intent IS NULL OR NOT public.migration_007_keeps_shape(q.semantic_variations)
                 OR NOT public.migration_007_keeps_shape(q.expected_serp_features) THEN
           jsonb_build_object('ai_queries',
               CASE WHEN q.intent IS NULL THEN '{"intent": null}' ELSE '{}'::jsonb END
               || CASE WHEN public.migration_007_keeps_shape(q.semantic_variations) THEN '{}'
                       ELSE jsonb_build_object('semantic_variations', q.semantic_variations) END
               || CASE WHEN public.migration_007_keeps_shape(q.expected_serp_features) THEN '{}'
                       ELSE jsonb_build_object('expected_serp_features', q.expected_serp_features) END)
       ELSE '{}'::jsonb END AS metadata,
       q.created_at,
       q.competitive_relevance,
       q.persona_alignment,
       q.industry_specificity
FROM public.ai_queries q;

CREATE VIEW public.migration_007_responses AS
SELECT r.id,
       r.query_id,
       r.provider,
       r.model_version,
       r.response_text,
       r.response_time_ms,
       coalesce(r.tokens_used, 0) AS tokens_used,
       coalesce(r.brand_mentioned, false) AS brand_mentioned,
       CASE WHEN r.prominence_score > 0.7 THEN 'first_paragraph'
            WHEN r.prominence_score > 0.4 THEN 'middle'
            WHEN r.prominence_score > 0 THEN 'end'
            ELSE 'not_found' END AS mention_position,
       CASE WHEN r.prominence_score > 0.8 THEN 'primary_focus'
            WHEN r.prominence_score > 0.5 THEN 'significant_mention'
            WHEN r.prominence_score > 0.3 THEN 'comparative_context'
            WHEN r.prominence_score > 0 THEN 'passing_reference'
            ELSE 'no_mention' END AS mention_context,
       CASE WHEN r.sentiment IN ('positive', 'negative', 'mixed') THEN r.sentiment ELSE 'neutral' END AS sentiment,
       r.sentiment_score,
       CASE r.recommendation_strength
            WHEN 'strong' THEN 'strong_recommendation'
            WHEN 'moderate' THEN 'moderate_recommendation'
            WHEN 'weak' THEN 'neutral_mention'
            ELSE 'no_recommendation' END AS recommendation_strength,
       r.competitor_mentions AS competitors_mentioned,
       r.competitive_advantage,
       public.migration_007_text_array(r.mentioned_features) AS key_features_mentioned,
       r.created_at,
       jsonb_build_object(
           'key_phrases', r.key_phrases,
           'ai_responses', jsonb_build_object(
               'brand_mentioned', r.brand_mentioned,
               'tokens_used', r.tokens_used,
               'prominence_score', r.prominence_score,
               'sentiment', r.sentiment,
               'recommendation_strength', r.recommendation_strength)) AS analysis_metadata,
       r.response_summary,
       r.mentioned_features,
       r.mentioned_benefits,
       r.call_to_action
FROM public.ai_responses r;

-- The columns that a copy writes, of those that the live table lets us write.
CREATE FUNCTION public.migration_007_writable(live regclass, wanted text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(quote_ident(name), ', ' ORDER BY place)
    FROM unnest(wanted) WITH ORDINALITY AS w (name, place)
    WHERE NOT EXISTS (SELECT FROM pg_attribute a
                      WHERE a.attrelid = live AND a.attname = w.name AND (a.attgenerated <> '' OR a.attidentity = 'a'))
$$;
