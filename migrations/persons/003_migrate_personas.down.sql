-- Only what the map names goes. Deleting a person deletes its submissions and its persona, so the persona is taken off
-- it first; a submission that is not in the map goes only with --allow-data-loss, which has been asked for by then.
DO $refuse$
DECLARE
    submissions bigint;
    recomputed  bigint;
    created     bigint;
BEGIN
    IF coalesce(current_setting('dbmigrate.allow_data_loss', true), '') = 'on' THEN
        RETURN;
    END IF;
    LOCK TABLE public.personas, public.persons, public.person_data IN SHARE ROW EXCLUSIVE MODE;
    SELECT count(*) INTO submissions
    FROM public.person_data d
    JOIN public.persons_migration_map m ON m.person_id = d.person_id
    WHERE d.id <> m.person_data_id;
    SELECT count(*) INTO recomputed
    FROM public.personas a
    JOIN public.persons_migration_map m ON m.persona_id = a.id
    WHERE a.version > 1;
    SELECT count(*) INTO created
    FROM public.personas a
    JOIN public.persons_migration_map m ON m.person_id = a.person_id
    WHERE a.id <> m.persona_id;
    IF submissions + recomputed + created > 0 THEN
        RAISE EXCEPTION 'persons that the migration created have newer data'
            USING DETAIL = format('Newer submissions in person_data: %s. Personas recomputed since: %s. Created since: %s.',
                                  submissions, recomputed, created),
                  HINT = 'They would be lost: keep the revision, or go on with --allow-data-loss.';
    END IF;
END
$refuse$;

-- A trigger of the user's own would overwrite the updated_at that is put back.
DO $restore$
DECLARE
    own  record;
    took text[] := '{}';
BEGIN
    FOR own IN
        SELECT tgname, tgenabled
        FROM pg_trigger
        WHERE tgrelid = 'public.personas'::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')
    LOOP
        EXECUTE format('ALTER TABLE public.personas DISABLE TRIGGER %I', own.tgname);
        took := took || format('ALTER TABLE public.personas ENABLE %s TRIGGER %I',
                               CASE own.tgenabled WHEN 'A' THEN 'ALWAYS' ELSE '' END, own.tgname);
    END LOOP;

    UPDATE public.personas p
    SET person_id = NULL,
        version = 1,
        computed_from_data_ids = '{}',
        updated_at = CASE WHEN p.updated_at = m.migrated_at THEN m.old_updated_at ELSE p.updated_at END
    FROM public.persons_migration_map m
    WHERE p.id = m.persona_id AND p.person_id = m.person_id;

    FOR i IN 1 .. cardinality(took) LOOP
        EXECUTE took[i];
    END LOOP;
END
$restore$;

DELETE FROM public.person_data d USING public.persons_migration_map m WHERE d.id = m.person_data_id;
DELETE FROM public.persons p USING public.persons_migration_map m WHERE p.id = m.person_id;

DROP TABLE public.persons_migration_map;

ANALYZE public.persons, public.person_data, public.personas;
