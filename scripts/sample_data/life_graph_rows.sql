-- Documents of the host application: :rows of them, every tenth with a content that others have, every twentieth without.
INSERT INTO documents (path, content)
SELECT 'inbox/' || n, CASE WHEN n % 20 = 0 THEN NULL WHEN n % 10 = 1 THEN 'the same content' ELSE 'content ' || n END
FROM generate_series(1, :rows) AS n;
