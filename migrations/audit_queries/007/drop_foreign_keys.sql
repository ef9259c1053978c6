-- Dropping one takes ACCESS EXCLUSIVE on both its tables.
-- dbmigrate: allow opaque-dynamic-sql drops foreign keys to the older tables, whatever their names are
DO $foreign_keys$
DECLARE
    one record;
BEGIN
    RAISE NOTICE 'Step 7: Foreign keys that point at ai_queries';
    PERFORM public.migration_007_lock('ACCESS EXCLUSIVE', 'public.ai_queries', array_agg(DISTINCT conrelid::regclass))
    FROM pg_constraint
    WHERE contype = 'f' AND confrelid = 'public.ai_queries'::regclass
    HAVING count(*) > 0;
    FOR one IN
        SELECT c.conname, format('%I.%I', n.nspname, t.relname) AS owner, pg_get_constraintdef(c.oid) AS definition
        FROM pg_constraint c
        JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE c.contype = 'f' AND c.confrelid = 'public.ai_queries'::regclass AND c.conparentid = 0
    LOOP
        INSERT INTO public.migration_007_state
        VALUES ('foreign key', format('%s %I', one.owner, one.conname),
                format('ALTER TABLE %s ADD CONSTRAINT %I %s', one.owner, one.conname, one.definition));
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.owner, one.conname);
    END LOOP;
END
$foreign_keys$;
