-- The view attempt, V1: one row for each element of result_json->'questions' that has a usable question_id.
--
-- Every cast stands in a CASE of its own. Predicates on student_id and item_id are pushed below the window
-- function, and one row that a cast raises on would break the view for everyone who reads it.
CREATE OR REPLACE VIEW public.attempt AS
SELECT
    a.id,
    a.student_id,
    a.item_id,
    a.correct,
    a.response_time_ms,
    a.hint_used,
    a.completed_at,
    a.started_at,
    row_number() OVER (
        PARTITION BY a.student_id, a.item_id
        ORDER BY a.completed_at, a.exam_result_id, a.place
    )::integer AS attempt_no,
    a.session_id,
    a.topic_id
FROM (
    SELECT
        r.id AS exam_result_id,
        question.place,
        ('x' || substr(md5(r.id::text || '-' || (question.element ->> 'question_id')), 1, 16))::bit(64)::bigint AS id,
        -- PostgreSQL's own rule for a uuid: hyphens may stand after any group of four digits.
        CASE
            WHEN length(r.user_id) = 36 AND r.user_id COLLATE "C" ~ '^([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}$' THEN
                r.user_id::uuid
            ELSE
                (substr(md5(r.user_id), 1, 8) || '-' || substr(md5(r.user_id), 9, 4) || '-'
                 || substr(md5(r.user_id), 13, 4) || '-' || substr(md5(r.user_id), 17, 4) || '-'
                 || substr(md5(r.user_id), 21, 12))::uuid
        END AS student_id,
        item.id AS item_id,
        coalesce(
            CASE
                WHEN (question.element ->> 'is_correct') COLLATE "C" ~*
                     '^[ \t\n\v\f\r]*(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|0|1)[ \t\n\v\f\r]*$'
                    THEN (question.element ->> 'is_correct')::boolean
            END,
            CASE
                WHEN (question.element ->> 'correct') COLLATE "C" ~*
                     '^[ \t\n\v\f\r]*(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|0|1)[ \t\n\v\f\r]*$'
                    THEN (question.element ->> 'correct')::boolean
            END,
            false) AS correct,
        -- round(seconds, 3) * 1000 is round(seconds * 1000) without a scale that numeric may not have.
        coalesce(
            CASE
                WHEN round(spent.seconds, 3) * 1000 BETWEEN -2147483648 AND 2147483647
                    THEN (round(spent.seconds, 3) * 1000)::integer
            END,
            0) AS response_time_ms,
        coalesce(hints.number > 0, false) AS hint_used,
        coalesce(r.updated_at, r.created_at) AS completed_at,
        -- The bounds are those of timestamptz, in seconds of the epoch.
        CASE
            WHEN NOT isfinite(coalesce(r.updated_at, r.created_at)) THEN coalesce(r.updated_at, r.created_at)
            WHEN round(spent.seconds) >= -2147483648
                 AND round(spent.seconds) <= 2147483647
                 AND extract(epoch FROM coalesce(r.updated_at, r.created_at))::numeric - round(spent.seconds) >= -210866803200
                 AND extract(epoch FROM coalesce(r.updated_at, r.created_at))::numeric - round(spent.seconds) < 9224318016000
                THEN coalesce(r.updated_at, r.created_at) - make_interval(secs => round(spent.seconds)::double precision)
            ELSE coalesce(r.updated_at, r.created_at)
        END AS started_at,
        r.session_id,
        nullif(question.element ->> 'topic', '') AS topic_id
    FROM public.exam_results r
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE WHEN jsonb_typeof(r.result_json -> 'questions') = 'array' THEN r.result_json -> 'questions' END
    ) WITH ORDINALITY AS question (element, place)
    -- What bigint takes: since PostgreSQL 16 also underscores and the bases 16, 8 and 2.
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN usable.text::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN usable.text::bigint
        END AS id
        FROM (
            SELECT CASE
                WHEN question.element ->> 'question_id' ~ '^[ \t\n\v\f\r]*[+-]?0*[0-9]{1,19}[ \t\n\v\f\r]*$'
                    OR (current_setting('server_version_num')::integer >= 160000
                        AND question.element ->> 'question_id' ~ '^[ \t\n\v\f\r]*[+-]?((0(_?0)*_?)?[0-9](_?[0-9]){0,18}|0[xX](_?0)*(_?[0-9a-fA-F]){1,16}|0[oO](_?0)*(_?[0-7]){1,22}|0[bB](_?0)*(_?[01]){1,64})[ \t\n\v\f\r]*$')
                    THEN question.element ->> 'question_id'
            END AS text
        ) AS usable
    ) AS item
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN usable.text::numeric BETWEEN -2147483648 AND 2147483647 THEN usable.text::integer
        END AS number
        FROM (
            SELECT CASE
                WHEN question.element ->> 'used_hints' ~ '^[ \t\n\v\f\r]*[+-]?0*[0-9]{1,19}[ \t\n\v\f\r]*$'
                    OR (current_setting('server_version_num')::integer >= 160000
                        AND question.element ->> 'used_hints' ~ '^[ \t\n\v\f\r]*[+-]?((0(_?0)*_?)?[0-9](_?[0-9]){0,18}|0[xX](_?0)*(_?[0-9a-fA-F]){1,16}|0[oO](_?0)*(_?[0-7]){1,22}|0[bB](_?0)*(_?[01]){1,64})[ \t\n\v\f\r]*$')
                    THEN question.element ->> 'used_hints'
            END AS text
        ) AS usable
    ) AS hints
    -- What numeric takes, as far as it can be told without trying: the common form at once, the others by where their
    -- first digit stands and how many follow the point. A value of more than ten digits before the point fits neither
    -- column, one with ten zeros behind it rounds to 0, and numeric keeps 16383 digits behind the point.
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN question.element ->> 'time_spent_sec' ~ '^[0-9]{1,7}(\.[0-9]{1,100})?$'
                THEN (question.element ->> 'time_spent_sec')::numeric
            WHEN question.element ->> 'time_spent_sec' ~ '[0-9]' THEN (
                SELECT CASE
                    WHEN scaled.before_point >= -10 AND scaled.before_point <= 10 AND scaled.behind_point <= 16383
                        THEN parts.text::numeric
                END
                FROM (
                    SELECT plain.text, regexp_match(
                        plain.text,
                        '^[ \t\n\v\f\r]*[+-]?0*([0-9]*)\.?(0*)([0-9]*)(?:[eE]([+-]?)0*([0-9]*))?[ \t\n\v\f\r]*$') AS part
                    FROM (
                        SELECT CASE
                            WHEN given.text ~
                                 '^[ \t\n\v\f\r]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\v\f\r]*$'
                                THEN given.text
                            WHEN current_setting('server_version_num')::integer < 160000 THEN NULL
                            WHEN given.text ~
                                 '^[ \t\n\v\f\r]*[+-]?([0-9](_?[0-9])*(\.([0-9](_?[0-9])*)?)?|\.[0-9](_?[0-9])*)([eE][+-]?[0-9](_?[0-9])*)?[ \t\n\v\f\r]*$'
                                THEN replace(given.text, '_', '')
                            WHEN given.text ~
                                 '^[ \t\n\v\f\r]*[+-]?(0[xX](_?0)*(_?[0-9a-fA-F]){1,16}|0[oO](_?0)*(_?[0-7]){1,22}|0[bB](_?0)*(_?[01]){1,64})[ \t\n\v\f\r]*$'
                                THEN given.text::numeric::text
                        END AS text
                        FROM (SELECT question.element ->> 'time_spent_sec' AS text) AS given
                    ) AS plain
                ) AS parts
                CROSS JOIN LATERAL (
                    SELECT CASE
                        WHEN coalesce(parts.part[5], '') = '' THEN 0
                        WHEN length(parts.part[5]) <= 9 THEN (parts.part[4] || parts.part[5])::integer
                    END AS exponent
                ) AS shifted
                CROSS JOIN LATERAL (
                    SELECT
                        shifted.exponent + CASE
                            WHEN parts.part[1] <> '' THEN length(parts.part[1])
                            WHEN parts.part[3] <> '' THEN -length(parts.part[2])
                        END AS before_point,
                        length(parts.part[2]) + length(parts.part[3]) - shifted.exponent AS behind_point
                ) AS scaled
            )
        END AS seconds
        OFFSET 0  -- worked out once for each element, not once for each place that uses it
    ) AS spent
    WHERE item.id IS NOT NULL
) AS a;
