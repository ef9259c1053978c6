-- An attempt view that was there before, with what it takes to put it back. No row: there was none.
CREATE TABLE public.attempt_before_v1 (
    definition      text NOT NULL,
    options         text[],
    owner           name NOT NULL,
    comment         text,
    column_comments jsonb NOT NULL,  -- column: comment
    privileges      jsonb            -- in order; NULL: only what the owner has by default
);

DO $remember$
DECLARE
    old  oid := to_regclass('public.attempt');
    path text := current_setting('search_path');
BEGIN
    IF old IS NULL THEN
        RETURN;
    END IF;

    PERFORM set_config('search_path', '', true);  -- so that every name in the definition has its schema
    INSERT INTO public.attempt_before_v1
    SELECT pg_get_viewdef(old),
           c.reloptions,
           pg_get_userbyid(c.relowner),
           obj_description(old, 'pg_class'),
           (SELECT coalesce(jsonb_object_agg(a.attname, col_description(old, a.attnum)), '{}')
            FROM pg_attribute a
            WHERE a.attrelid = old AND a.attnum > 0 AND col_description(old, a.attnum) IS NOT NULL),
           CASE WHEN c.relacl IS NOT NULL
                     OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = old AND a.attacl IS NOT NULL) THEN (
               SELECT coalesce(jsonb_agg(jsonb_build_object(
                          'grantor', pg_get_userbyid(p.grantor),
                          'grantee', CASE WHEN p.grantee <> 0 THEN pg_get_userbyid(p.grantee) END,
                          'privilege', p.privilege_type,
                          'column', p.column_name,
                          'grantable', p.is_grantable) ORDER BY p.column_place, p.place), '[]')
               FROM (
                   SELECT x.*, NULL::name AS column_name, 0 AS column_place
                   FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) WITH ORDINALITY AS
                        x (grantor, grantee, privilege_type, is_grantable, place)
                   UNION ALL
                   SELECT x.*, a.attname, a.attnum
                   FROM pg_attribute a,
                        aclexplode(a.attacl) WITH ORDINALITY AS x (grantor, grantee, privilege_type, is_grantable, place)
                   WHERE a.attrelid = old AND a.attacl IS NOT NULL
               ) AS p
           ) END
    FROM pg_class c
    WHERE c.oid = old;
    PERFORM set_config('search_path', path, true);

    -- With V1's columns it is replaced in place. Otherwise it goes; nothing hangs on it, the precondition has looked,
    -- and RESTRICT looks again.
    IF (SELECT string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = old AND attnum > 0 AND NOT attisdropped) <>
       'id bigint, student_id uuid, item_id bigint, correct boolean, response_time_ms integer, hint_used boolean, '
       'completed_at timestamp with time zone, started_at timestamp with time zone, attempt_no integer, '
       'session_id text, topic_id text' THEN
        DROP VIEW public.attempt;
    END IF;
END
$remember$;
