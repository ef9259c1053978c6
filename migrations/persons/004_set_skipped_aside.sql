-- Moves the skipped personas, where that was accepted. Then what the requirements asked is asked again, now that
-- nobody can write such a row any more; SQLSTATE DBM02 has the whole revision undone.
-- dbmigrate: allow opaque-dynamic-sql only moves the skipped rows, which were counted before
DO $aside$
DECLARE
    without_person bigint;
    changed        bigint;
BEGIN
    IF coalesce(current_setting('dbmigrate.accept_skipped', true), '') = 'on' THEN
        EXECUTE format($sql$
            WITH aside AS (
                DELETE FROM public.personas p
                WHERE p.person_id IS NULL AND (coalesce(p.raw_text, '') !~ '\S' OR jsonb_typeof(p.persona) IS DISTINCT FROM 'object')
                RETURNING p.*
            )
            INSERT INTO public.personas_skipped (id, columns, reason)
            SELECT a.id,
                   jsonb_object(%L::text[], ARRAY[%s]),
                   CASE WHEN coalesce(a.raw_text, '') !~ '\S' THEN 'no raw_text' ELSE 'persona is not a JSON object' END
            FROM aside a
            $sql$,
            (SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = 'public.personas'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
            (SELECT string_agg(format('a.%I::text', attname), ', ' ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = 'public.personas'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''));
    END IF;

    SELECT count(*) INTO without_person FROM public.personas WHERE person_id IS NULL;
    SELECT count(*) INTO changed
    FROM public.personas p
    LEFT JOIN public.person_data d ON d.id = p.computed_from_data_ids[cardinality(p.computed_from_data_ids)]
    WHERE p.person_id IS NOT NULL
      AND p.raw_text IS NOT NULL
      AND p.raw_text IS DISTINCT FROM d.raw_text;
    IF without_person + changed > 0 THEN
        RAISE EXCEPTION 'personas were written by old code while raw_text was being retired'
            USING ERRCODE = 'DBM02',
                  DETAIL = format('Without a person: %s. With a raw_text that their last submission has not: %s.', without_person, changed),
                  HINT = 'Retire every process that still writes personas.raw_text, run dbmigrate backfill run '
                         'persons@003_migrate_personas, and try again.';
    END IF;
END
$aside$;
