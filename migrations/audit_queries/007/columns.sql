DO $$ BEGIN RAISE NOTICE 'Step 3: New columns of audit_queries'; END $$;

-- NOT VALID: a CHECK that comes with its column scans the table although every value is NULL.
ALTER TABLE public.audit_queries
    ADD COLUMN competitive_relevance numeric(3, 2),
    ADD COLUMN persona_alignment varchar(255),
    ADD COLUMN industry_specificity numeric(3, 2),
    ADD COLUMN migrated_from varchar(50),
    ADD COLUMN legacy_query_id varchar(255),
    ADD COLUMN legacy_report_id varchar(255),
    ADD CONSTRAINT audit_queries_competitive_relevance_check
        CHECK (competitive_relevance >= 0 AND competitive_relevance <= 1) NOT VALID;
