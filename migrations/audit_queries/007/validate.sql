-- Counts, and tries every row against the live tables' types, constraints and generated columns, in temporary copies
-- of them. Whatever is found is raised with its list; SQLSTATE DBM02 has the revision undone.
-- dbmigrate: allow opaque-dynamic-sql only writes to temporary copies
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
