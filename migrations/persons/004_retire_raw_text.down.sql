-- The text of a persona is the first that its lineage names. Also undoes a 004 that got stuck half-way: what is still
-- there is left as it is.
SET LOCAL client_min_messages = warning;

DO $restore$
DECLARE
    own     record;
    took    text[] := '{}';
    without bigint;
BEGIN
    FOR own IN
        SELECT tgname, tgenabled
        FROM pg_trigger
        WHERE tgrelid = 'public.personas'::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')
          AND tgname NOT IN ('personas_raw_text_is_retired', 'personas_raw_text_is_retired_for_new')
    LOOP
        EXECUTE format('ALTER TABLE public.personas DISABLE TRIGGER %I', own.tgname);
        took := took || format('ALTER TABLE public.personas ENABLE %s TRIGGER %I',
                               CASE own.tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, own.tgname);
    END LOOP;

    DROP TRIGGER IF EXISTS personas_raw_text_is_retired ON public.personas;
    DROP TRIGGER IF EXISTS personas_raw_text_is_retired_for_new ON public.personas;
    DROP FUNCTION IF EXISTS public.personas_raw_text_is_retired();

    IF NOT EXISTS (SELECT FROM pg_attribute
                   WHERE attrelid = 'public.personas'::regclass AND attname = 'raw_text' AND NOT attisdropped) THEN
        LOCK TABLE public.personas IN ACCESS EXCLUSIVE MODE;
        SELECT count(*) INTO without
        FROM public.personas a
        WHERE NOT EXISTS (SELECT FROM public.person_data d WHERE d.id = a.computed_from_data_ids[1]);
        IF without > 0 AND coalesce(current_setting('dbmigrate.allow_data_loss', true), '') <> 'on' THEN
            RAISE EXCEPTION '% personas have no submission that raw_text could be taken from', without
                USING DETAIL = 'They were created after 004_retire_raw_text; the old code expects a text in each.',
                      HINT = 'Submit a text for each, or go on with --allow-data-loss, which leaves raw_text NULL there.';
        END IF;
        ALTER TABLE public.personas ADD COLUMN raw_text text;
        UPDATE public.personas a
        SET raw_text = d.raw_text
        FROM public.person_data d
        WHERE d.id = a.computed_from_data_ids[1];
    END IF;

    ALTER TABLE public.personas ALTER COLUMN person_id DROP NOT NULL;
    ALTER TABLE public.personas DROP CONSTRAINT IF EXISTS personas_person_id_present;

    -- Columns that are gone meanwhile are left out; those that came since take their defaults.
    IF to_regclass('public.personas_skipped') IS NOT NULL
       AND EXISTS (SELECT FROM public.personas_skipped) THEN
        EXECUTE format('INSERT INTO public.personas (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM public.personas_skipped s',
            (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
             WHERE a.attrelid = 'public.personas'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
               AND (SELECT columns ? a.attname FROM public.personas_skipped LIMIT 1)),
            (SELECT string_agg(format('(s.columns ->> %L)::%s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
             FROM pg_attribute a
             WHERE a.attrelid = 'public.personas'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
               AND (SELECT columns ? a.attname FROM public.personas_skipped LIMIT 1)));
    END IF;

    FOR i IN 1 .. cardinality(took) LOOP
        EXECUTE took[i];
    END LOOP;
END
$restore$;

DROP TABLE IF EXISTS public.personas_skipped;

ANALYZE public.personas;
