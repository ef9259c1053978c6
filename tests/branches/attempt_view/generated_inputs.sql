-- Exams with every value of a long list in every field, one question an exam, so that what comes out of the view can
-- be held against the guide row by row.
CREATE TABLE texts (text text);
INSERT INTO texts
SELECT sign || body || tail
FROM unnest(ARRAY['', '-', '+', ' ', E'\t', E' \n+', E'\u00a0', '--', '0', '00']) AS sign,
     unnest(ARRAY[
        '', '0', '1', '7', '42', '3.5', '3.', '.5', '.', '12.5', '0.0005', '0.0004999', '2147483647', '2147483648',
        '2147483.647', '2147483.6475', '2147483.6474', '2147483.648', '9223372036854775807', '9223372036854775808',
        '99999999999999999999999', '1e3', '1E3', '25e-1', '1e', 'e1', '1e+2', '1e-400', '1e400', '1e999999999999',
        '0e999999', '0e99999999999', '0.00001e5', '1_000', '_1', '1_', '1__0', '0x1F', '0xg', '0o17', '0b101', '0b2',
        '0x', 'NaN', 'nan', 'Infinity', 'inf', 'n/a', 'maybe', 't', 'tr', 'TRUE', 'True', 'f', 'fals', 'yes', 'Y',
        'n', 'no', 'on', 'oN', 'of', 'off', 'o', 'offf', 'true1', 'null', 'tru e', '1,5', '1 2', '١', 'ｆ'
     ]) AS body,
     unnest(ARRAY['', ' ', E'\n', '0', ' x']) AS tail;
INSERT INTO texts VALUES
    (repeat('0', 300) || '5'), ('0.' || repeat('0', 200) || '1'), ('0.' || repeat('0', 20000) || '1e20001'),
    ('1.' || repeat('3', 16382)), ('1.' || repeat('3', 16383)), ('1.' || repeat('3', 16384)), (repeat('9', 140000)),
    (repeat('1', 400) || 'e-399'), ('5' || repeat('0', 16384) || 'e-16384'), (E'5\u2003'), (E'\v\f\r5');

CREATE TABLE users (user_id text);
INSERT INTO users VALUES
    (NULL), (''), ('alice'), ('00000000-0000-0000-0000-958e2b33e695'), ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'),
    ('a0eebc999c0b4ef8bb6d6bb9bd380a11'), ('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'),
    ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g'), ('------------------------------------'),
    ('a0ee-bc99-9c0b-4ef8-bb6d6bb9bd380a11'), ('a0eebc999c0b4ef8bb6d-6bb9-bd38-0a-11'),
    ('a0eebc999c0b4ef8bb6d-6bb9-bd38-0a11-'), ('-a0eebc999c0b4ef8bb6d-6bb9-bd38-0a11'),
    ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1' || E'\n'), ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' || E'\n'),
    ('a0eebc99--9c0b4ef8-bb6d-6bb9bd380a11'), ('0123456789abcdef0123456789abcdef0123'),
    ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1ſ'), ('日本語');
-- And four hyphens in every choice of places between groups of four digits, and one place off.
INSERT INTO users
SELECT string_agg(substr('0123456789abcdefABCDEF0123456789', 4 * place + 1, 4)
                  || CASE WHEN (choice >> place) & 1 = 1 THEN '-' ELSE '' END, '' ORDER BY place)
FROM generate_series(0, 255) AS choice, generate_series(0, 7) AS place
GROUP BY choice;
INSERT INTO users
SELECT overlay(user_id PLACING substr(user_id, place + 1, 1) || substr(user_id, place, 1) FROM place FOR 2)
FROM users, generate_series(1, 35) AS place
WHERE length(user_id) = 36;

CREATE TABLE completions (completed_at timestamptz);
INSERT INTO completions VALUES ('2025-10-31 12:00+00'), ('infinity'), ('-infinity'), ('4714-11-24 00:00:05+00 BC'),
    ('294276-12-31 23:59:55+00'), ('2025-03-30 02:30+01');

INSERT INTO exam_results (session_id, user_id, result_json, updated_at)
SELECT 'time ' || row_number() OVER (), u.user_id,
       jsonb_build_object('questions', jsonb_build_array(jsonb_build_object(
           'question_id', 7, 'is_correct', t.text, 'correct', 'yes', 'time_spent_sec', t.text, 'used_hints', t.text,
           'topic', t.text))),
       c.completed_at
FROM texts t
CROSS JOIN completions c
CROSS JOIN (VALUES (NULL), ('alice')) AS u (user_id);

INSERT INTO exam_results (session_id, user_id, result_json)
SELECT 'question ' || row_number() OVER (), 'bob',
       jsonb_build_object('questions', jsonb_build_array(jsonb_build_object('question_id', t.text, 'correct', t.text)))
FROM texts t;

INSERT INTO exam_results (session_id, user_id, result_json)
SELECT 'user ' || row_number() OVER (), u.user_id, '{"questions": [{"question_id": 1, "is_correct": true}]}'
FROM users u;

-- JSON values of every kind in every field.
INSERT INTO exam_results (session_id, user_id, result_json)
SELECT 'json ' || row_number() OVER (), 'carol',
       jsonb_build_object('questions', jsonb_build_array(jsonb_build_object('question_id', 5) || jsonb_build_object(field, value)))
FROM unnest(ARRAY['question_id', 'is_correct', 'correct', 'time_spent_sec', 'used_hints', 'topic']) AS field,
     jsonb_array_elements('[null, true, false, 0, 1, -1, 2, 3.5, 3.0, 1e3, 1e-3, 1e300, 12.3456789, [], [1], {}, {"a": 1}, "", " ", "x"]') AS value;

-- Shapes that are no list of questions.
INSERT INTO exam_results (session_id, user_id, result_json)
SELECT 'shape ' || row_number() OVER (), 'dave', value
FROM jsonb_array_elements('[null, 1, "x", [], [{"question_id": 1}], {}, {"questions": null}, {"questions": {}},
    {"questions": "none"}, {"questions": [null, 1, "x", [], {}, {"question_id": 9}]}, {"questions": []}]') AS value;
