-- Personas as the host application writes them. :rows of them.
--
-- Among them: blank and missing texts (as far as the column takes NULL), a persona that is no JSON object, and one in a
-- thousand whose text is `refuse me`, which the trigger that --with-refusing-trigger makes will not let through.
INSERT INTO personas (raw_text, persona, created_at, updated_at)
SELECT CASE WHEN n % 1000 = 1 THEN E' \t\n' WHEN n % 1000 = 2 THEN '' WHEN n % 1000 = 3 THEN 'refuse me'
            ELSE 'text about person ' || n END,
       CASE n % 1000 WHEN 4 THEN '"a string"' WHEN 5 THEN 'null' WHEN 6 THEN '[]'
            ELSE jsonb_build_object('name', 'person ' || n) END,
       now() - n * interval '1 minute', now() - n * interval '30 seconds'
FROM generate_series(1, :rows) AS n;
