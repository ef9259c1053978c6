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

-- Gives the view attempt the owner, the grants and the comment that are remembered of the older one.
DO $carry$
DECLARE
    before record;
    given  record;
    myself name := current_user;
BEGIN
    SELECT * INTO before FROM public.attempt_before_v1;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    IF before.owner <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass('public.attempt')) THEN
        EXECUTE format('ALTER VIEW public.attempt OWNER TO %I', before.owner);
    END IF;
    IF before.comment IS NOT NULL THEN
        EXECUTE format('COMMENT ON VIEW public.attempt IS %L', before.comment);
    END IF;
    FOR given IN
        SELECT c.key AS column_name, c.value AS comment
        FROM jsonb_each_text(before.column_comments) AS c
        JOIN pg_attribute a ON a.attrelid = to_regclass('public.attempt') AND a.attname = c.key
    LOOP
        EXECUTE format('COMMENT ON COLUMN public.attempt.%I IS %L', given.column_name, given.comment);
    END LOOP;

    -- What a new view has by ALTER DEFAULT PRIVILEGES goes.
    IF before.privileges IS NULL
       AND (SELECT relacl IS NULL FROM pg_class WHERE oid = to_regclass('public.attempt')) THEN
        RETURN;
    END IF;
    FOR given IN
        SELECT DISTINCT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS grantee
        FROM pg_class c, aclexplode(c.relacl) AS x
        WHERE c.oid = to_regclass('public.attempt')
    LOOP
        EXECUTE format('REVOKE ALL ON public.attempt FROM %s CASCADE', given.grantee);
    END LOOP;
    IF before.privileges IS NULL THEN
        EXECUTE format('GRANT ALL ON public.attempt TO %I', before.owner);
        RETURN;
    END IF;
    EXECUTE format('REVOKE ALL ON public.attempt FROM %I CASCADE', before.owner);
    FOR given IN
        SELECT p.*
        FROM ROWS FROM (jsonb_to_recordset(before.privileges) AS
                        (grantor name, grantee name, privilege text, "column" name, grantable boolean))
             WITH ORDINALITY AS p (grantor, grantee, privilege, "column", grantable, place)
        WHERE p."column" IS NULL
           OR EXISTS (SELECT FROM pg_attribute a
                      WHERE a.attrelid = to_regclass('public.attempt') AND a.attname = p."column")
        ORDER BY p.grantor <> before.owner, p.place
    LOOP
        IF to_regrole(quote_ident(given.grantor)) IS NULL
           OR given.grantee IS NOT NULL AND to_regrole(quote_ident(given.grantee)) IS NULL THEN
            RAISE NOTICE 'a grant on attempt is left out: its role % is gone', coalesce(given.grantee, given.grantor);
            CONTINUE;
        END IF;
        EXECUTE format('SET LOCAL ROLE %I', given.grantor);
        EXECUTE format('GRANT %s%s ON public.attempt TO %s%s',
                       given.privilege,
                       CASE WHEN given."column" IS NOT NULL THEN format(' (%I)', given."column") ELSE '' END,
                       CASE WHEN given.grantee IS NULL THEN 'PUBLIC' ELSE quote_ident(given.grantee) END,
                       CASE WHEN given.grantable THEN ' WITH GRANT OPTION' ELSE '' END);
        EXECUTE format('SET LOCAL ROLE %I', myself);
    END LOOP;
END
$carry$;

DROP TABLE public.attempt_before_v1;
