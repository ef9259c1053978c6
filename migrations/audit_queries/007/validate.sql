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

-- Counts, and tries every row against the live tables' types, constraints and generated columns, in temporary copies
-- of them. Whatever is found is raised with its list; SQLSTATE DBM02 has the revision undone.
DO $validate$
DECLARE
    archive_orphans boolean := coalesce(current_setting('dbmigrate.archive_orphans', true), '') = 'on';
    audits          bigint;
    queries         bigint;
    problems        text[] := '{}';
    listed          text;
    found           bigint;
    wanted          text;
    batch           uuid[];
    one             uuid;
    failed          bigint := 0;
    failures        text := '';
    what            record;
BEGIN
    RAISE NOTICE 'Step 1: Pre-migration validation';
    SELECT count(*) INTO audits FROM public.ai_visibility_audits;
    SELECT count(*) INTO queries FROM public.ai_queries;
    RAISE NOTICE '✅ Found % existing audits', audits;
    RAISE NOTICE '✅ Found % existing queries in ai_queries', queries;

    IF NOT archive_orphans THEN
        SELECT count(*), string_agg(CASE WHEN place <= 20 THEN id::text END, ', ')
        INTO found, listed
        FROM (
            SELECT q.id, row_number() OVER (ORDER BY q.id) AS place
            FROM public.ai_queries q
            WHERE NOT EXISTS (SELECT FROM public.ai_visibility_reports r JOIN public.companies c ON c.id = r.company_id
                              WHERE r.report_id = q.report_id)
               OR NOT EXISTS (SELECT FROM public.companies c WHERE c.id = q.company_id)
        ) AS orphan;
        IF found > 0 THEN
            problems := problems || format('%s queries whose report or company is gone: %s', found, listed);
        END IF;
        SELECT count(*), string_agg(CASE WHEN place <= 20 THEN id::text END, ', ')
        INTO found, listed
        FROM (
            SELECT r.id, row_number() OVER (ORDER BY r.id) AS place
            FROM public.ai_responses r
            WHERE NOT EXISTS (SELECT FROM public.ai_queries q WHERE q.query_id = r.query_id)
        ) AS orphan;
        IF found > 0 THEN
            problems := problems || format('%s responses whose query_id matches no query: %s', found, listed);
        END IF;
    END IF;

    SELECT count(*), string_agg(CASE WHEN place <= 20 THEN id::text END, ', ')
    INTO found, listed
    FROM (
        SELECT q.id, row_number() OVER (ORDER BY q.id) AS place
        FROM public.ai_queries q
        JOIN public.audit_queries n ON n.id = q.id
        LEFT JOIN public.migration_007_reports m ON m.report_id = q.report_id
        WHERE n.query_text <> q.query_text OR n.audit_id IS DISTINCT FROM m.audit_id
    ) AS taken;
    IF found > 0 THEN
        problems := problems || format('%s ids of ai_queries that audit_queries has for another text or audit: %s', found, listed);
    END IF;

    CREATE TEMP TABLE migration_007_trial_queries (LIKE public.audit_queries INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)
        ON COMMIT DROP;
    CREATE TEMP TABLE migration_007_trial_responses (LIKE public.audit_responses INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)
        ON COMMIT DROP;
    ALTER TABLE migration_007_trial_queries
        ADD COLUMN IF NOT EXISTS competitive_relevance numeric(3, 2) CHECK (competitive_relevance >= 0 AND competitive_relevance <= 1),
        ADD COLUMN IF NOT EXISTS persona_alignment varchar(255),
        ADD COLUMN IF NOT EXISTS industry_specificity numeric(3, 2);

    FOR what IN
        SELECT 'ai_queries' AS source, 'migration_007_trial_queries' AS trial, 'migration_007_queries' AS mapped,
               'audit_id' AS parent, quote_literal('trial') AS parent_value,
               ARRAY['id', 'query_text', 'query_hash', 'intent', 'category', 'complexity_score', 'priority_score',
                     'buyer_journey_stage', 'semantic_variations', 'expected_serp_features', 'metadata', 'created_at',
                     'competitive_relevance', 'persona_alignment', 'industry_specificity'] AS names
        UNION ALL
        SELECT 'ai_responses', 'migration_007_trial_responses', 'migration_007_responses', 'query_id', 'gen_random_uuid()',
               ARRAY['id', 'provider', 'model_version', 'response_text', 'response_time_ms', 'tokens_used',
                     'brand_mentioned', 'mention_position', 'mention_context', 'sentiment', 'sentiment_score',
                     'recommendation_strength', 'competitors_mentioned', 'competitive_advantage', 'key_features_mentioned',
                     'created_at', 'analysis_metadata']
    LOOP
        wanted := public.migration_007_writable(to_regclass('pg_temp.' || what.trial), what.names);
        failed := 0;
        failures := '';
        FOR batch IN EXECUTE format(
            'SELECT array_agg(id) FROM (SELECT id, (row_number() OVER () - 1) / 5000 AS part FROM public.%I) AS numbered GROUP BY part',
            what.source)
        LOOP
            BEGIN
                EXECUTE format('INSERT INTO %I (%I, %s) SELECT %s, %s FROM public.%I WHERE id = ANY ($1)',
                               what.trial, what.parent, wanted, what.parent_value, wanted, what.mapped) USING batch;
            EXCEPTION WHEN OTHERS THEN
                FOREACH one IN ARRAY batch LOOP
                    BEGIN
                        EXECUTE format('INSERT INTO %I (%I, %s) SELECT %s, %s FROM public.%I WHERE id = $1',
                                       what.trial, what.parent, wanted, what.parent_value, wanted, what.mapped) USING one;
                    EXCEPTION WHEN OTHERS THEN
                        failed := failed + 1;
                        IF failed <= 20 THEN
                            failures := concat_ws(', ', nullif(failures, ''), format('%s (%s)', one, SQLSTATE));
                        END IF;
                    END;
                END LOOP;
            END;
            EXECUTE format('TRUNCATE %I', what.trial);
        END LOOP;
        IF failed > 0 THEN
            problems := problems || format('%s rows of %s that the new table would refuse: %s', failed, what.source, failures);
        END IF;
    END LOOP;

    IF cardinality(problems) > 0 THEN
        RAISE EXCEPTION 'the old tables hold rows that cannot be migrated'
            USING ERRCODE = 'DBM02',
                  DETAIL = array_to_string(problems, '; ') || '. Nothing was changed.',
                  HINT = CASE WHEN archive_orphans THEN 'Mend those rows, then run the same command again.'
                         ELSE 'Mend those rows, or go on with --archive-orphans, which keeps orphans in the archive only; '
                              'then run the same command again.' END;
    END IF;
END
$validate$;
