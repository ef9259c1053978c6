-- Locks the first table and then the others, waiting only while it holds nothing: whatever order the application goes
-- by, none of its statements ends in a deadlock with this.
CREATE FUNCTION public.migration_007_lock(mode text, first regclass, others regclass[]) RETURNS void LANGUAGE plpgsql AS $lock$
DECLARE
    listed  text := array_to_string(others, ', ');
    held    boolean;
    started timestamptz;
BEGIN
    FOR attempt IN 1 .. 20 LOOP
        BEGIN
            held := false;
            EXECUTE format('LOCK TABLE %s IN %s MODE', first, mode);
            held := true;
            started := clock_timestamp();
            LOOP
                BEGIN
                    EXECUTE format('LOCK TABLE %s IN %s MODE NOWAIT', listed, mode);
                    RETURN;
                EXCEPTION WHEN lock_not_available THEN
                    -- Far below deadlock_timeout, after which the server would end somebody's statement.
                    IF clock_timestamp() - started > interval '300 ms' THEN
                        RAISE;
                    END IF;
                END;
                PERFORM pg_sleep(0.005);
            END LOOP;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 20 OR NOT held THEN
                RAISE;
            END IF;
        END;
        PERFORM pg_sleep(0.05);
    END LOOP;
END
$lock$;

-- Undoes the whole of 007, from wherever it stands: everything it made goes, itself included, and everything it took
-- away comes back. `dbmigrate downgrade` calls it; so may anybody else.
CREATE FUNCTION public.rollback_migration_007(allow_data_loss boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS $rollback$
DECLARE
    switched   boolean;
    archived   boolean := to_regclass('public.ai_queries_archive') IS NOT NULL
                          AND to_regclass('public.ai_responses_archive') IS NOT NULL;
    copied     boolean := EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.audit_queries')
                                  AND attname = 'migrated_from' AND NOT attisdropped)
                          AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.audit_responses')
                                      AND attname = 'migrated_from' AND NOT attisdropped);
    mapped     boolean := to_regclass('public.report_audit_mapping') IS NOT NULL;
    own        text[] := ARRAY['competitive_relevance', 'persona_alignment', 'industry_specificity', 'migrated_from',
                               'legacy_query_id', 'legacy_report_id', 'response_summary', 'mentioned_features',
                               'mentioned_benefits', 'call_to_action', 'legacy_response_id'];
    others     text;
    native     record;
    kept       record;
    one        record;
    found      bigint;
    left_out   bigint;
    listed     text;
    old_count  bigint;
    new_count  bigint;
    verbosity  text := current_setting('client_min_messages');
BEGIN
    IF to_regclass('public.ai_queries') IS NULL OR to_regclass('public.ai_responses') IS NULL THEN
        RAISE EXCEPTION 'ai_queries and ai_responses are not there'
            USING HINT = 'They were renamed by 008_retire_legacy_tables: dbmigrate downgrade audit_queries@007 renames them back.';
    END IF;
    PERFORM public.migration_007_lock('ACCESS EXCLUSIVE', 'public.ai_queries', ARRAY[
        'public.ai_responses', 'public.ai_visibility_reports', 'public.audit_queries', 'public.audit_responses']::regclass[]);
    switched := EXISTS (SELECT FROM public.migration_007_state WHERE kind = 'switched');

    IF EXISTS (SELECT FROM public.migration_007_state WHERE kind = 'archives' AND name = 'dropped')
       AND (EXISTS (SELECT FROM public.report_audit_mapping)
            OR EXISTS (SELECT FROM public.audit_queries WHERE migrated_from = 'ai_queries')) THEN
        RAISE EXCEPTION 'the archives that a rollback needs are gone'
            USING DETAIL = '008_retire_legacy_tables dropped ai_queries_archive and ai_responses_archive.',
                  HINT = 'Restore the backup that was taken before 007.';
    END IF;

    -- What the user hung on columns that go is named first. Everything else that hangs on something raises by itself.
    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid), ', ')
    INTO others
    FROM pg_attribute a
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
    LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
    LEFT JOIN pg_class i ON d.classid = 'pg_class'::regclass AND i.oid = d.objid
    LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
    WHERE a.attrelid IN ('public.audit_queries'::regclass, 'public.audit_responses'::regclass)
      AND a.attname = ANY (own)
      AND d.classid <> 'pg_attrdef'::regclass
      AND coalesce(c.conname, '') <> 'audit_queries_competitive_relevance_check'
      AND coalesce(i.relname, '') NOT IN ('idx_audit_queries_legacy_id', 'idx_audit_queries_migrated')
      AND coalesce(t.tgname, '') NOT LIKE 'migration\_007\_%';
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'columns that are to go have other objects on them'
            USING ERRCODE = 'dependent_objects_still_exist',
                  DETAIL = format('They are: %s.', others),
                  HINT = 'Drop them first; they would be lost with the columns.';
    END IF;

    IF copied AND mapped THEN
        SELECT (SELECT count(*) FROM public.audit_queries q JOIN public.report_audit_mapping m ON m.audit_id = q.audit_id
                WHERE m.placeholder AND q.migrated_from IS NULL) AS queries,
               (SELECT count(*) FROM public.audit_responses r JOIN public.audit_queries q ON q.id = r.query_id
                WHERE r.migrated_from IS NULL
                  AND (q.migrated_from IS NOT NULL
                       OR EXISTS (SELECT FROM public.report_audit_mapping m WHERE m.audit_id = q.audit_id AND m.placeholder))) AS responses
        INTO native;
        IF native.queries + native.responses > 0 AND NOT coalesce(allow_data_loss, false) THEN
            RAISE EXCEPTION 'rows written since the migration hang on what it made'
                USING DETAIL = format('audit_queries in placeholder audits: %s. audit_responses of copied queries or in placeholder audits: %s.',
                                      native.queries, native.responses),
                      HINT = 'They would be lost: move them to other audits, or go on with --allow-data-loss '
                             '(by hand: SELECT rollback_migration_007(true)).';
        END IF;
    END IF;

    PERFORM set_config('client_min_messages', 'warning', true);  -- of what is not there, nothing is said
    DROP VIEW IF EXISTS public.ai_queries_compat;
    DROP TRIGGER IF EXISTS trigger_warn_ai_queries_deprecated ON public.ai_queries;
    DROP TRIGGER IF EXISTS trigger_warn_ai_responses_deprecated ON public.ai_responses;
    DROP FUNCTION IF EXISTS public.warn_deprecated_table();
    DROP TRIGGER IF EXISTS migration_007_changed ON public.ai_queries;
    DROP TRIGGER IF EXISTS migration_007_changed ON public.ai_responses;
    DROP TRIGGER IF EXISTS migration_007_changed ON public.audit_queries;
    DROP TRIGGER IF EXISTS migration_007_changed ON public.audit_responses;
    DROP FUNCTION IF EXISTS public.migration_007_note_change();
    DROP TABLE IF EXISTS public.migration_007_changed;
    DROP FUNCTION IF EXISTS public.migration_007_copy_queries(uuid[]);
    DROP FUNCTION IF EXISTS public.migration_007_copy_responses(uuid[]);
    DROP FUNCTION IF EXISTS public.migration_007_map_reports();
    DROP VIEW IF EXISTS public.migration_007_responses;
    DROP VIEW IF EXISTS public.migration_007_queries;
    DROP VIEW IF EXISTS public.migration_007_reports;
    DROP FUNCTION IF EXISTS public.migration_007_writable(regclass, text[]);
    DROP FUNCTION IF EXISTS public.migration_007_keeps_shape(jsonb);
    DROP FUNCTION IF EXISTS public.migration_007_text_array(jsonb);
    DROP INDEX IF EXISTS public.migration_007_text;

    PERFORM set_config('client_min_messages', verbosity, true);

    IF copied THEN
        DELETE FROM public.audit_responses WHERE migrated_from = 'ai_responses';
        DELETE FROM public.audit_queries WHERE migrated_from = 'ai_queries';
    END IF;
    IF mapped THEN
        DELETE FROM public.ai_visibility_audits a USING public.report_audit_mapping m WHERE a.id = m.audit_id AND m.placeholder;
        DROP TABLE public.report_audit_mapping;
    END IF;

    -- Archived rows that are gone come back, where what they belong to is still there.
    IF switched AND archived THEN
        FOR one IN SELECT * FROM (VALUES
            ('ai_queries', 'AND NOT EXISTS (SELECT FROM public.ai_queries x WHERE x.query_id = a.query_id)'),
            ('ai_responses', '')) AS t (name, besides)
        LOOP
            SELECT string_agg(quote_ident(l.attname), ', ' ORDER BY l.attnum) INTO listed
            FROM pg_attribute l
            JOIN pg_attribute k ON k.attrelid = to_regclass(format('public.%I_archive', one.name)) AND k.attname = l.attname
            WHERE l.attrelid = to_regclass('public.' || one.name) AND l.attnum > 0 AND NOT l.attisdropped AND l.attgenerated = '';
            EXECUTE format($sql$
                INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE
                SELECT %2$s FROM public.%1$I_archive a
                WHERE NOT EXISTS (SELECT FROM public.%1$I x WHERE x.id = a.id) %3$s
                  AND EXISTS (SELECT FROM public.ai_visibility_reports r WHERE r.report_id = a.report_id)
                  AND EXISTS (SELECT FROM public.companies c WHERE c.id = a.company_id)
                $sql$, one.name, listed, one.besides);
            GET DIAGNOSTICS found = ROW_COUNT;
            EXECUTE format('SELECT count(*) FROM public.%1$I_archive a WHERE NOT EXISTS (SELECT FROM public.%1$I x WHERE x.id = a.id)', one.name)
            INTO left_out;
            IF found + left_out > 0 THEN
                RAISE NOTICE '%: % archived rows put back, % left out since their report, company or query_id is gone or taken',
                    one.name, found, left_out;
            END IF;
        END LOOP;
    END IF;

    PERFORM set_config('client_min_messages', 'warning', true);
    DROP TABLE IF EXISTS public.ai_responses_archive, public.ai_queries_archive, public.ai_visibility_reports_archive;
    DROP INDEX IF EXISTS public.idx_audit_queries_legacy_id, public.idx_audit_queries_audit_created,
        public.idx_audit_queries_text_gin, public.idx_audit_queries_priority, public.idx_audit_queries_migrated,
        public.idx_audit_responses_query_provider, public.idx_audit_responses_audit;
    ALTER TABLE public.audit_queries
        DROP CONSTRAINT IF EXISTS audit_queries_competitive_relevance_check,
        DROP COLUMN IF EXISTS legacy_report_id,
        DROP COLUMN IF EXISTS legacy_query_id,
        DROP COLUMN IF EXISTS migrated_from,
        DROP COLUMN IF EXISTS industry_specificity,
        DROP COLUMN IF EXISTS persona_alignment,
        DROP COLUMN IF EXISTS competitive_relevance;
    ALTER TABLE public.audit_responses
        DROP COLUMN IF EXISTS legacy_response_id,
        DROP COLUMN IF EXISTS migrated_from,
        DROP COLUMN IF EXISTS call_to_action,
        DROP COLUMN IF EXISTS mentioned_benefits,
        DROP COLUMN IF EXISTS mentioned_features,
        DROP COLUMN IF EXISTS response_summary;

    PERFORM set_config('client_min_messages', verbosity, true);

    FOR one IN SELECT * FROM public.migration_007_state WHERE kind = 'index' LOOP
        IF to_regclass(format('public.%I', one.name)) IS NULL THEN
            EXECUTE one.definition;
        END IF;
    END LOOP;
    FOR one IN SELECT * FROM public.migration_007_state WHERE kind = 'foreign key' LOOP
        BEGIN
            EXECUTE one.definition;
        EXCEPTION WHEN foreign_key_violation THEN
            EXECUTE one.definition || CASE WHEN one.definition LIKE '% NOT VALID' THEN '' ELSE ' NOT VALID' END;
            SELECT c.conname, c.conrelid::regclass AS referencing, c.confrelid::regclass AS referenced,
                   (SELECT string_agg(format('a.%I', l.attname), ', ' ORDER BY p) FROM unnest(c.conkey) WITH ORDINALITY AS k (n, p)
                    JOIN pg_attribute l ON l.attrelid = c.conrelid AND l.attnum = k.n) AS keys,
                   (SELECT string_agg(format('x.%I = a.%I', r.attname, l.attname), ' AND ' ORDER BY k.p)
                    FROM unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (n, m, p)
                    JOIN pg_attribute l ON l.attrelid = c.conrelid AND l.attnum = k.n
                    JOIN pg_attribute r ON r.attrelid = c.confrelid AND r.attnum = k.m) AS matches
            INTO kept
            FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid
            WHERE c.contype = 'f' AND c.confrelid = 'public.ai_queries'::regclass
              AND format('%s.%I %I', t.relnamespace::regnamespace, t.relname, c.conname) = one.name;
            EXECUTE format('SELECT count(*), string_agg(key, '', '') FILTER (WHERE place <= 20) FROM ('
                           'SELECT concat_ws('' '', %s) AS key, row_number() OVER () AS place FROM %s a '
                           'WHERE num_nulls(%s) = 0 AND NOT EXISTS (SELECT FROM %s x WHERE %s)) AS violating',
                           kept.keys, kept.referencing, kept.keys, kept.referenced, kept.matches)
            INTO found, listed;
            RAISE NOTICE 'foreign key % came back NOT VALID: % rows refer to queries that are gone: %', one.name, found, listed;
        END;
    END LOOP;
    IF switched THEN
        COMMENT ON TABLE public.ai_queries IS NULL;
        COMMENT ON TABLE public.ai_responses IS NULL;
        FOR one IN SELECT * FROM public.migration_007_state WHERE kind = 'comment' LOOP
            EXECUTE format('COMMENT ON TABLE public.%I IS %L', one.name, one.definition);
        END LOOP;
    END IF;
    DROP TABLE public.migration_007_state;
    DROP FUNCTION public.rollback_migration_007(boolean);
    DROP FUNCTION public.migration_007_lock(text, regclass, regclass[]);

    ANALYZE public.ai_queries, public.ai_responses, public.audit_queries, public.audit_responses;
    SELECT count(*) INTO old_count FROM public.ai_queries;
    SELECT count(*) INTO new_count FROM public.audit_queries;
    RAISE NOTICE 'ai_queries_count: %, original_audit_queries: %, migrated_queries: 0', old_count, new_count;
END
$rollback$;
