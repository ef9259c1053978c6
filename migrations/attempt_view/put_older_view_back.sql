-- Puts back the view attempt that was there before V1, or takes V1 away where there was none.
DO $older$
DECLARE
    before     record;
    dependants text;
BEGIN
    SELECT *, CASE WHEN options IS NOT NULL THEN format('WITH (%s)', array_to_string(options, ', ')) END AS given_with
    INTO before
    FROM public.attempt_before_v1;
    IF FOUND THEN
        BEGIN
            EXECUTE format('CREATE OR REPLACE VIEW public.attempt %s AS %s', before.given_with, before.definition);
            RETURN;
        EXCEPTION WHEN invalid_table_definition THEN
            NULL;  -- it had other columns than V1, so V1 has to go first
        END;
    END IF;

    -- Nothing is dropped by CASCADE unseen.
    SELECT string_agg(DISTINCT coalesce(
               (SELECT pg_describe_object('pg_class'::regclass, w.ev_class, 0) FROM pg_rewrite w
                WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid AND w.ev_class <> d.refobjid),
               pg_describe_object(d.classid, d.objid, d.objsubid)), ', ')
    INTO dependants
    FROM pg_class c
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
                     OR d.refclassid = 'pg_type'::regclass
                        AND d.refobjid IN (SELECT t.oid FROM pg_type t WHERE t.oid = c.reltype OR t.typelem = c.reltype)
    WHERE c.oid = to_regclass('public.attempt')
      AND d.deptype <> 'i'
      AND NOT EXISTS (
        SELECT FROM pg_rewrite w
        WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid AND w.ev_class = c.oid AND w.rulename = '_RETURN');
    IF dependants IS NOT NULL THEN
        RAISE EXCEPTION 'the view attempt has dependants'
            USING ERRCODE = 'dependent_objects_still_exist',
                  DETAIL = format('On it hang: %s.', dependants),
                  HINT = 'Drop them first; they would be lost with it.';
    END IF;

    DROP VIEW public.attempt;
    IF before.definition IS NOT NULL THEN
        EXECUTE format('CREATE VIEW public.attempt %s AS %s', before.given_with, before.definition);
    END IF;
END
$older$;
