DO $report$
DECLARE
    total text;
BEGIN
    RAISE NOTICE 'Step 13: rollback_migration_007() is ready';
    RAISE NOTICE 'Step 14: Final validation';
    IF EXISTS (SELECT FROM public.audit_queries q LEFT JOIN public.ai_visibility_audits a ON a.id = q.audit_id WHERE a.id IS NULL)
       OR EXISTS (SELECT FROM public.report_audit_mapping m LEFT JOIN public.ai_visibility_audits a ON a.id = m.audit_id WHERE a.id IS NULL) THEN
        RAISE EXCEPTION 'queries or mappings without an audit' USING ERRCODE = 'DBM02';
    END IF;
    SELECT definition INTO total FROM public.migration_007_state WHERE kind = 'switched' AND name = 'queries';
    RAISE NOTICE '✅ Migration completed successfully';
    RAISE NOTICE 'Total queries migrated: %', total;
END
$report$;
