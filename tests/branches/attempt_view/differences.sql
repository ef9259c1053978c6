-- One row for each column of each question in which the view and the guide differ, where the guide's does not raise.
CREATE VIEW differences AS
WITH guide AS (
    SELECT r.session_id, r.user_id, q.element, q.place,
           (('x' || substr(md5(r.id::text || '-' || (q.element->>'question_id')), 1, 16))::bit(64)::bigint) AS id,
           guide_item_id(q.element) AS item,
           guide_student_id(r.user_id) AS student,
           guide_correct(q.element) AS correct,
           guide_response_time_ms(q.element) AS response_time_ms,
           guide_hint_used(q.element) AS hint_used,
           COALESCE(r.updated_at, r.created_at) AS completed_at,
           guide_started_at(q.element, COALESCE(r.updated_at, r.created_at)) AS started_at,
           NULLIF(q.element->>'topic','')::text AS topic_id
    FROM exam_results r,
         jsonb_array_elements(CASE WHEN jsonb_typeof(r.result_json->'questions') = 'array'
                                   THEN r.result_json->'questions' END) WITH ORDINALITY AS q (element, place)
    WHERE NULLIF(q.element->>'question_id','') IS NOT NULL
)
SELECT g.session_id, difference.*
FROM guide g
FULL JOIN attempt a ON a.session_id = g.session_id AND a.id = g.id
CROSS JOIN LATERAL (VALUES
    ('row', false, CASE WHEN (g.item).raised THEN NULL ELSE (g.item).value::text END, a.item_id::text),
    ('student_id', (g.student).raised, (g.student).value::text, a.student_id::text),
    ('correct', (g.correct).raised, (g.correct).value::text, a.correct::text),
    ('response_time_ms', (g.response_time_ms).raised, (g.response_time_ms).value::text, a.response_time_ms::text),
    ('hint_used', (g.hint_used).raised, (g.hint_used).value::text, a.hint_used::text),
    ('completed_at', false, g.completed_at::text, a.completed_at::text),
    ('started_at', (g.started_at).raised, (g.started_at).value::text, a.started_at::text),
    ('topic_id', false, g.topic_id, a.topic_id)
) AS difference (column_name, raised, guide, view)
WHERE NOT difference.raised
  AND difference.guide IS DISTINCT FROM difference.view
  AND (difference.column_name = 'row' OR NOT (g.item).raised);
