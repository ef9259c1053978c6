-- Gives the view attempt the owner, the grants and the comment that are remembered of the older one.
-- dbmigrate: allow opaque-dynamic-sql only GRANT, OWNER and COMMENT, of the view that this revision makes
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
