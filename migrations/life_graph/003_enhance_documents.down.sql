DROP INDEX idx_documents_created;
DROP INDEX idx_documents_extraction_type;
DROP INDEX idx_documents_source;
DROP INDEX idx_documents_sha256;

ALTER TABLE documents
    DROP CONSTRAINT documents_sha256_key,
    DROP COLUMN extracted_at,
    DROP COLUMN extraction_cost,
    DROP COLUMN extraction_data,
    DROP COLUMN extraction_type,
    DROP COLUMN storage_uri,
    DROP COLUMN file_size,
    DROP COLUMN mime_type,
    DROP COLUMN source,
    DROP COLUMN sha256;
