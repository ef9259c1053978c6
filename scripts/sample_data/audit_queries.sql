-- Companies with reports, queries and responses as they were before the single table. :rows queries, a response each.
--
-- Among them: reports without an audit and with two, the same text twice within an audit, texts that the audit holds
-- already, NULL intents, jsonb that is no array and arrays that are not all text.
INSERT INTO companies (name)
SELECT 'company ' || n FROM generate_series(1, greatest(:rows / 480, 3)) AS n;

INSERT INTO ai_visibility_reports (company_id, report_id, generated_at)
SELECT 1 + n % (SELECT count(*)::int FROM companies), 'report-' || n, now() - n * interval '1 minute'
FROM generate_series(1, greatest(:rows / 48, 5)) AS n;

-- Every fifth report has no audit, every seventh two.
INSERT INTO ai_visibility_audits (id, company_id, company_name, status, report_id, created_at, completed_at)
SELECT 'audit-' || r.report_id, r.company_id, c.name, 'completed', r.report_id, r.generated_at, r.generated_at
FROM (SELECT *, row_number() OVER (ORDER BY report_id) AS n FROM ai_visibility_reports) AS r
JOIN companies c ON c.id = r.company_id
WHERE r.n % 5 <> 0;
INSERT INTO ai_visibility_audits (id, company_id, company_name, status, report_id, created_at)
SELECT 'second-' || r.report_id, r.company_id, 'again', 'failed', r.report_id, now()
FROM (SELECT *, row_number() OVER (ORDER BY report_id) AS n FROM ai_visibility_reports) AS r
WHERE r.n % 7 = 0;

INSERT INTO ai_queries (report_id, company_id, query_id, query_text, intent, buyer_journey_stage, complexity_score,
                        competitive_relevance, priority_score, semantic_variations, expected_serp_features,
                        persona_alignment, industry_specificity)
SELECT r.report_id, r.company_id, 'query-' || n,
       CASE WHEN n % 50 = 0 THEN 'the same text' ELSE 'which product is best for purpose ' || n END,
       CASE WHEN n % 11 <> 0 THEN 'commercial' END, 'awareness', (n % 101) / 100.0, 0.5, 0.25,
       CASE n % 13 WHEN 0 THEN '{"no": "array"}' WHEN 1 THEN '[1, "a", null]' WHEN 2 THEN NULL WHEN 3 THEN 'null'
                   ELSE jsonb_build_array('variation ' || n, 'other') END,
       '["snippet"]', 'buyer', 0.75
FROM generate_series(1, :rows) AS n
JOIN (SELECT *, row_number() OVER (ORDER BY report_id) - 1 AS place, count(*) OVER () AS all_of_them
      FROM ai_visibility_reports) AS r ON r.place = n % r.all_of_them;

-- The dual writes: every fourth query is in its audit already.
INSERT INTO audit_queries (audit_id, query_text, intent)
SELECT a.id, q.query_text, 'native'
FROM ai_queries q
JOIN ai_visibility_audits a ON a.report_id = q.report_id AND a.status = 'completed'
WHERE q.query_id ~ '[048]$';

INSERT INTO ai_responses (query_id, report_id, company_id, provider, response_text, brand_mentioned, competitor_mentions,
                          sentiment, sentiment_score, prominence_score, recommendation_strength, key_phrases,
                          mentioned_features, tokens_used)
SELECT q.query_id, q.report_id, q.company_id, CASE WHEN n % 2 = 0 THEN 'openai' ELSE 'anthropic' END, 'response ' || n,
       CASE WHEN n % 9 <> 0 THEN n % 2 = 0 END, '["rival"]',
       (ARRAY['positive', 'negative', 'mixed', 'neutral', 'odd', NULL])[1 + n % 6], 0.5,
       CASE WHEN n % 8 <> 0 THEN (n % 11) / 10.0 END, (ARRAY['strong', 'moderate', 'weak', 'none', NULL])[1 + n % 5],
       '["phrase"]', CASE WHEN n % 3 = 0 THEN '["feature"]'::jsonb WHEN n % 3 = 1 THEN '"text"' END,
       CASE WHEN n % 4 <> 0 THEN n END
FROM (SELECT *, row_number() OVER (ORDER BY query_id) AS n FROM ai_queries) AS q;

-- And in part the responses as well.
INSERT INTO audit_responses (query_id, audit_id, provider, response_text, created_at)
SELECT n.id, n.audit_id, r.provider, r.response_text, r.created_at
FROM audit_queries n
JOIN ai_visibility_audits a ON a.id = n.audit_id
JOIN ai_queries q ON q.report_id = a.report_id AND q.query_text = n.query_text
JOIN ai_responses r ON r.query_id = q.query_id
WHERE q.query_id ~ '[04]$';

INSERT INTO dashboard_data (audit_id, company_id, company_name, total_queries)
SELECT a.id, a.company_id, coalesce(a.company_name, ''), 48 FROM ai_visibility_audits a WHERE a.status = 'completed';
