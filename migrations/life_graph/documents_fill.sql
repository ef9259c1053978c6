-- Fills source, sha256 and storage_uri where they are missing, walking by id. Finished rows are left alone, so
-- it may run again: 003 fills what is there, 005 catches up with what was written since.
--
-- A hash belongs to one row. Where several have the same content it is the one that holds it already, else
-- the one with the smallest id; the others keep NULL and are addressed by their id.
DO $fill$
DECLARE
    batch    uuid[];
    reached  uuid := '00000000-0000-0000-0000-000000000000';
    attempts int := 0;
BEGIN
    LOOP
        SELECT array_agg(id ORDER BY id) INTO batch
        FROM (
            SELECT id
            FROM documents
            WHERE id >= reached AND (source IS NULL OR storage_uri IS NULL)
            ORDER BY id
            LIMIT 1000
        ) AS next;
        EXIT WHEN batch IS NULL;

        BEGIN
            UPDATE documents d
            SET source      = coalesce(d.source, 'upload'),
                sha256      = c.sha256,
                storage_uri = coalesce(d.storage_uri, 'local://data/documents/' || coalesce(c.sha256, d.id::text))
            FROM (
                SELECT m.id,
                       CASE
                           WHEN m.sha256 IS NOT NULL THEN m.sha256
                           WHEN m.place = 1 AND holder.id IS NULL THEN m.content_sha256
                       END AS sha256
                FROM (
                    SELECT h.*, row_number() OVER (PARTITION BY h.content_sha256, h.sha256 ORDER BY h.id) AS place
                    FROM (
                        SELECT id, sha256, encode(sha256(convert_to(content, 'UTF8')), 'hex') AS content_sha256
                        FROM documents
                        WHERE id = ANY (batch)
                    ) AS h
                ) AS m
                LEFT JOIN documents holder ON holder.sha256 = m.content_sha256
            ) AS c
            WHERE d.id = c.id;

            reached := batch[cardinality(batch)];
            attempts := 0;
        EXCEPTION
            -- Somebody committed a row with one of these hashes after the statement had looked. The next
            -- attempt sees that row.
            WHEN unique_violation THEN
                attempts := attempts + 1;
                IF attempts = 10 THEN
                    RAISE;
                END IF;
        END;
        EXIT WHEN attempts = 0 AND cardinality(batch) < 1000;
    END LOOP;
END
$fill$;

ANALYZE documents;
