-- Seconds, under SHARE ROW EXCLUSIVE: reading goes on, writing waits.
-- dbmigrate: allow opaque-dynamic-sql locks the tables that it is told, in an order
SELECT public.migration_007_lock('SHARE ROW EXCLUSIVE', 'public.ai_queries',
    ARRAY['public.ai_responses', 'public.ai_visibility_reports', 'public.audit_queries', 'public.audit_responses']::regclass[]);

-- From here on somebody may wait for us, so rows that they hold are not waited for: the whole step is tried again instead.
SET LOCAL lock_timeout = '100ms';

-- What was written meanwhile is copied anew: its copy goes, and with it the links to that copy.
-- dbmigrate: allow opaque-dynamic-sql copies what changed meanwhile, by the columns that the tables have
-- dbmigrate: allow backfill-in-migration only rows that were written since the last batch
DO $catch_up$
DECLARE
    queries   uuid[];
    responses uuid[];
    attached  bigint;
BEGIN
    PERFORM public.migration_007_map_reports();

    WITH RECURSIVE anew AS (
        SELECT id FROM (
            SELECT c.id FROM public.migration_007_changed c WHERE c.source = 'ai_queries'
            UNION
            SELECT a.id
            FROM public.ai_queries_archive a
            LEFT JOIN public.report_audit_mapping m ON m.report_id = a.report_id
            LEFT JOIN public.audit_queries n ON n.id = a.audit_query_id
            WHERE a.audit_query_id IS NULL AND m.audit_id IS NOT NULL
               OR a.audit_query_id IS NOT NULL AND (n.id IS NULL OR n.audit_id IS DISTINCT FROM m.audit_id)
            UNION
            -- The application wrote the same text to both tables, and the old row was copied in between.
            SELECT copy.id
            FROM public.migration_007_changed c
            JOIN public.audit_queries native ON native.id = c.id AND native.migrated_from IS NULL
            JOIN public.audit_queries copy ON copy.audit_id = native.audit_id AND md5(copy.query_text) = md5(native.query_text)
                                          AND copy.query_text = native.query_text AND copy.migrated_from = 'ai_queries'
            WHERE c.source = 'audit_queries'
        ) AS start
        UNION
        SELECT a.id
        FROM anew
        JOIN public.audit_queries copy ON copy.id = anew.id AND copy.migrated_from = 'ai_queries'
        JOIN public.ai_queries_archive a ON a.audit_query_id = copy.id
    )
    SELECT array_agg(id) INTO queries FROM anew;

    SELECT array_agg(DISTINCT id) INTO responses
    FROM (
        SELECT c.id FROM public.migration_007_changed c WHERE c.source = 'ai_responses'
        UNION ALL
        SELECT r.id FROM public.ai_responses r JOIN public.ai_queries q ON q.query_id = r.query_id WHERE q.id = ANY (queries)
        UNION ALL
        SELECT r.id FROM public.ai_responses_archive r JOIN public.ai_queries_archive a ON a.query_id = r.query_id
        WHERE a.id = ANY (queries)
        UNION ALL
        SELECT copy.legacy_response_id
        FROM public.migration_007_changed c
        JOIN public.audit_responses native ON native.id = c.id AND native.migrated_from IS NULL
        JOIN public.audit_responses copy ON copy.query_id = native.query_id AND copy.provider = native.provider
                                        AND copy.created_at IS NOT DISTINCT FROM native.created_at
                                        AND copy.migrated_from = 'ai_responses'
        WHERE c.source = 'audit_responses'
        UNION ALL
        -- Its copy went with an audit that was deleted.
        SELECT r.id
        FROM public.ai_responses_archive r
        JOIN public.ai_queries_archive a ON a.query_id = r.query_id
        JOIN public.audit_queries n ON n.id = a.audit_query_id
        LEFT JOIN public.audit_responses copy ON copy.legacy_response_id = r.id
        LEFT JOIN public.audit_responses native ON native.query_id = n.id AND native.provider = r.provider
                  AND native.created_at IS NOT DISTINCT FROM r.created_at AND native.migrated_from IS NULL
        WHERE copy.id IS NULL AND native.id IS NULL
    ) AS anew;

    IF queries IS NOT NULL OR responses IS NOT NULL THEN
        SELECT count(*) INTO attached
        FROM public.audit_responses r
        JOIN public.audit_queries copy ON copy.id = r.query_id AND copy.migrated_from = 'ai_queries'
        WHERE r.migrated_from IS NULL AND copy.id = ANY (queries);
        IF attached > 0 THEN
            RAISE EXCEPTION '% responses hang on copied queries whose originals changed meanwhile', attached
                USING ERRCODE = 'DBM02', HINT = 'Deploy the code that writes audit_queries after the migration, not during it.';
        END IF;
        DELETE FROM public.audit_responses WHERE legacy_response_id = ANY (responses);
        DELETE FROM public.ai_responses_archive WHERE id = ANY (responses);
        DELETE FROM public.audit_queries WHERE id = ANY (queries) AND migrated_from = 'ai_queries';
        DELETE FROM public.ai_queries_archive WHERE id = ANY (queries);
        PERFORM public.migration_007_copy_queries(queries);
        PERFORM public.migration_007_copy_responses(responses);
    END IF;

    DELETE FROM public.ai_visibility_reports_archive;
    INSERT INTO public.ai_visibility_reports_archive SELECT r.*, now(), 'migration_007' FROM public.ai_visibility_reports r;
END
$catch_up$;

DO $validation$
DECLARE
    explained_allowed boolean := EXISTS (SELECT FROM public.migration_007_state WHERE kind = 'option' AND name = 'archive_orphans');
    queries           record;
    responses         record;
BEGIN
    RAISE NOTICE 'Step 11: Validation';
    SELECT (SELECT count(*) FROM public.ai_queries) AS old,
           count(*) FILTER (WHERE n.id = q.id AND n.migrated_from = 'ai_queries') AS copied,
           count(*) FILTER (WHERE n.id IS NOT NULL AND NOT (n.id = q.id AND n.migrated_from IS NOT DISTINCT FROM 'ai_queries')) AS linked,
           count(*) FILTER (WHERE a.audit_query_id IS NULL AND explained_allowed) AS explained
    INTO queries
    FROM public.ai_queries_archive a
    JOIN public.ai_queries q ON q.id = a.id
    LEFT JOIN public.audit_queries n ON n.id = a.audit_query_id;

    SELECT (SELECT count(*) FROM public.ai_responses) AS old,
           count(*) FILTER (WHERE copy.n > 0) AS copied,
           count(*) FILTER (WHERE coalesce(copy.n, 0) = 0 AND n.id IS NOT NULL AND EXISTS (
               SELECT FROM public.audit_responses native
               WHERE native.query_id = n.id AND native.provider = r.provider
                 AND native.created_at IS NOT DISTINCT FROM r.created_at AND native.migrated_from IS NULL)) AS linked,
           count(*) FILTER (WHERE n.id IS NULL AND explained_allowed) AS explained,
           count(*) FILTER (WHERE copy.n > 1) AS doubled
    INTO responses
    FROM public.ai_responses_archive ar
    JOIN public.ai_responses r ON r.id = ar.id
    LEFT JOIN public.ai_queries_archive a ON a.query_id = r.query_id
    LEFT JOIN public.audit_queries n ON n.id = a.audit_query_id
    LEFT JOIN (SELECT legacy_response_id, count(*) AS n FROM public.audit_responses
               WHERE legacy_response_id IS NOT NULL GROUP BY legacy_response_id) AS copy ON copy.legacy_response_id = r.id;

    IF queries.copied + queries.linked + queries.explained <> queries.old
       OR responses.copied + responses.linked + responses.explained <> responses.old
       OR responses.doubled > 0 THEN
        RAISE EXCEPTION 'validation found unexplained rows'
            USING ERRCODE = 'DBM02',
                  DETAIL = format('Queries: %s, of which copied %s, linked %s, explained %s. '
                                  'Responses: %s, of which copied %s, linked %s, explained %s, twice %s.',
                                  queries.old, queries.copied, queries.linked, queries.explained,
                                  responses.old, responses.copied, responses.linked, responses.explained, responses.doubled),
                  HINT = 'Nothing of the migration remains. Look for triggers that change what is written to audit_queries '
                         'or audit_responses, then run the same command again.';
    END IF;

    INSERT INTO public.migration_007_state VALUES
        ('switched', 'at', extract(epoch FROM now())::text),
        ('switched', 'queries', format('%s (copied %s, linked %s)', queries.old, queries.copied, queries.linked)),
        ('switched', 'responses', format('%s (copied %s, linked %s)', responses.old, responses.copied, responses.linked));
    RAISE NOTICE '✅ Queries: % = copied % + linked % + explained %', queries.old, queries.copied, queries.linked, queries.explained;
    RAISE NOTICE '✅ Responses: % = copied % + linked % + explained %', responses.old, responses.copied, responses.linked, responses.explained;
END
$validation$;

DO $$ BEGIN RAISE NOTICE 'Step 12: Deprecation of the old tables'; END $$;

INSERT INTO public.migration_007_state (kind, name, definition)
SELECT 'comment', name, obj_description(to_regclass('public.' || name), 'pg_class')
FROM unnest(ARRAY['ai_queries', 'ai_responses']) AS name
WHERE obj_description(to_regclass('public.' || name), 'pg_class') IS NOT NULL;

COMMENT ON TABLE public.ai_queries IS 'DEPRECATED: replaced by audit_queries (migration 007)';
COMMENT ON TABLE public.ai_responses IS 'DEPRECATED: replaced by audit_responses (migration 007)';

CREATE FUNCTION public.warn_deprecated_table() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE WARNING 'table % is deprecated: write to audit_queries and audit_responses', TG_TABLE_NAME;
    RETURN NULL;
END;
$$;

CREATE TRIGGER trigger_warn_ai_queries_deprecated BEFORE INSERT OR UPDATE ON public.ai_queries
    FOR EACH STATEMENT EXECUTE FUNCTION public.warn_deprecated_table();
-- dbmigrate: allow many-tables-locked the switch needs both at once
CREATE TRIGGER trigger_warn_ai_responses_deprecated BEFORE INSERT OR UPDATE ON public.ai_responses
    FOR EACH STATEMENT EXECUTE FUNCTION public.warn_deprecated_table();
