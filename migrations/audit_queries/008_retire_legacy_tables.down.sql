-- The tables get their names and warnings back. The archives are gone for good, so 007 can be taken back afterwards
-- only where it had nothing to migrate.
DO $rename$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM public.migration_007_state WHERE kind = 'renamed' LOOP
        EXECUTE format('ALTER TABLE public.%I RENAME TO %I', one.definition, one.name);
    END LOOP;
    DELETE FROM public.migration_007_state WHERE kind = 'renamed';
END
$rename$;

CREATE TRIGGER trigger_warn_ai_queries_deprecated BEFORE INSERT OR UPDATE ON public.ai_queries
    FOR EACH STATEMENT EXECUTE FUNCTION public.warn_deprecated_table();
CREATE TRIGGER trigger_warn_ai_responses_deprecated BEFORE INSERT OR UPDATE ON public.ai_responses
    FOR EACH STATEMENT EXECUTE FUNCTION public.warn_deprecated_table();
