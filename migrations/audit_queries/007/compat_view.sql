DO $$ BEGIN RAISE NOTICE 'Step 8: Compatibility view'; END $$;

-- One row for each old row, with the columns it had: what code that was not rewritten can go on reading.
CREATE VIEW public.ai_queries_compat AS
SELECT id, report_id, company_id, query_id, query_text, intent, buyer_journey_stage, complexity_score,
       competitive_relevance, priority_score, semantic_variations, expected_serp_features, persona_alignment,
       industry_specificity, created_at
FROM public.ai_queries_archive;
