-- A response whose query is gone: the migration stops at it.
INSERT INTO ai_responses (query_id, report_id, company_id, provider, response_text)
SELECT 'no such query', report_id, company_id, 'openai', 'an orphan' FROM ai_queries ORDER BY query_id LIMIT 1;
