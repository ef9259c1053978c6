-- Raw input that waits to be classified. dedupe_key is unique twice, by constraint and by partial index:
-- the guide names both.
-- dbmigrate: allow fk-locks-referenced-table a moment, with a lock_timeout
CREATE TABLE signals (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    source          varchar(50) NOT NULL CHECK (source IN ('vision_upload', 'email', 'api', 'manual')),
    payload_json    jsonb NOT NULL,
    received_at     timestamptz NOT NULL DEFAULT now(),
    status          varchar(50) NOT NULL DEFAULT 'new'
                    CHECK (status IN ('new', 'processing', 'attached', 'archived')),
    dedupe_key      varchar(255) UNIQUE,
    extraction_id   uuid REFERENCES documents (id),
    extraction_cost numeric(10, 4)
);

CREATE INDEX idx_signals_status ON signals (status);
CREATE INDEX idx_signals_received ON signals (received_at DESC);
CREATE UNIQUE INDEX idx_signals_dedupe ON signals (dedupe_key) WHERE dedupe_key IS NOT NULL;

-- From a document to an entity of any type.
-- dbmigrate: allow fk-locks-referenced-table a moment, with a lock_timeout
CREATE TABLE document_links (
    document_id uuid NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    entity_type varchar(50) NOT NULL,
    entity_id   uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (document_id, entity_type, entity_id)
);

CREATE INDEX idx_doclinks_entity ON document_links (entity_type, entity_id);
CREATE INDEX idx_doclinks_document ON document_links (document_id);

-- Who did what to which entity; rows are added, never changed.
CREATE TABLE interactions (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    type                varchar(50) NOT NULL,
    actor_type          varchar(20) NOT NULL,
    actor_id            uuid,
    primary_entity_type varchar(50) NOT NULL,
    primary_entity_id   uuid NOT NULL,
    related_entities    jsonb DEFAULT '[]'::jsonb,
    metadata            jsonb DEFAULT '{}'::jsonb,
    cost                numeric(10, 4),
    created_at          timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_interactions_entity ON interactions (primary_entity_type, primary_entity_id);
CREATE INDEX idx_interactions_type ON interactions (type);
CREATE INDEX idx_interactions_created ON interactions (created_at DESC);
CREATE INDEX idx_interactions_actor ON interactions (actor_type, actor_id) WHERE actor_id IS NOT NULL;
