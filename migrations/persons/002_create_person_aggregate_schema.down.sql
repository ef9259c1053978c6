-- What of the user's own would go along with the columns is named first.
DO $named$
DECLARE
    others text;
BEGIN
    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid), ', ')
    INTO others
    FROM pg_attribute a
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
    LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
    LEFT JOIN pg_class i ON d.classid = 'pg_class'::regclass AND i.oid = d.objid
    WHERE a.attrelid = 'public.personas'::regclass
      AND a.attname IN ('person_id', 'version', 'computed_from_data_ids')
      AND d.classid <> 'pg_attrdef'::regclass
      AND coalesce(c.conname, '') NOT IN ('personas_person_id_unique', 'personas_person_id_fkey')
      AND coalesce(i.relname, '') NOT IN ('personas_person_id_unique', 'idx_personas_person_id', 'idx_personas_version');
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'columns of personas that are to go have other objects on them'
            USING ERRCODE = 'dependent_objects_still_exist',
                  DETAIL = format('They are: %s.', others),
                  HINT = 'Drop them first; they would be lost with the columns.';
    END IF;
END
$named$;

-- With --allow-data-loss there may be personas that the new code wrote without a text: theirs is the first that was
-- submitted, or empty where nothing was.
DO $restore$
BEGIN
    IF obj_description((SELECT oid FROM pg_constraint
                        WHERE conrelid = 'public.personas'::regclass AND conname = 'personas_person_id_unique'),
                       'pg_constraint') IS NOT NULL THEN
        RETURN;
    END IF;
    UPDATE public.personas p
    SET raw_text = coalesce((SELECT d.raw_text FROM public.person_data d WHERE d.person_id = p.person_id
                             ORDER BY d.created_at, d.id LIMIT 1), '')
    WHERE p.raw_text IS NULL;
    ALTER TABLE public.personas ALTER COLUMN raw_text SET NOT NULL;
END
$restore$;

ALTER TABLE public.personas
    DROP COLUMN computed_from_data_ids,
    DROP COLUMN version,
    DROP COLUMN person_id;

DROP TABLE public.person_data;
DROP TABLE public.persons;
DROP FUNCTION public.update_person_data_updated_at();
DROP FUNCTION public.update_persons_updated_at();
