-- Exam results as the host application writes them: :rows of them, three questions each.
--
-- Among them: user ids that are UUIDs, that look like UUIDs and are none, and none at all; values that are no numbers
-- and no truths; lists of questions that are no lists.
INSERT INTO exam_results (session_id, user_id, exam_id, result_json, created_at, updated_at)
SELECT 'session-' || n,
       CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN md5('user ' || n % 5000)::uuid::text WHEN 2 THEN repeat('-', 36)
                  WHEN 3 THEN upper(md5('user ' || n % 5000)::uuid::text) ELSE 'user-' || n % 5000 END,
       n % 20,
       CASE WHEN n % 100 = 0 THEN '{"questions": {"question_id": 1}}'
            WHEN n % 100 = 1 THEN '{"questions": null}'
            WHEN n % 100 = 2 THEN '[]'
            ELSE jsonb_build_object('questions', jsonb_build_array(
                jsonb_build_object('question_id', n % 300, 'is_correct', n % 3 = 0, 'time_spent_sec', (n % 900) / 10.0,
                                   'used_hints', n % 4, 'topic', 'topic ' || n % 12),
                jsonb_build_object('question_id', (n % 300)::text, 'correct', CASE n % 5 WHEN 0 THEN 'maybe' ELSE 'yes' END,
                                   'time_spent_sec', CASE n % 6 WHEN 0 THEN 'n/a' WHEN 1 THEN 'NaN' ELSE '' END,
                                   'used_hints', CASE n % 8 WHEN 0 THEN '3.5' ELSE '1' END, 'topic', ''),
                CASE n % 9 WHEN 0 THEN '"no object"'::jsonb WHEN 1 THEN '{"question_id": "x"}' WHEN 2 THEN '{"question_id": ""}'
                     ELSE jsonb_build_object('question_id', 1000 + n % 50, 'is_correct', 't') END)) END,
       now() - n * interval '1 minute', now() - n * interval '1 minute'
FROM generate_series(1, :rows) AS n;
