-- dbmigrate: allow fk-locks-referenced-table a moment, with a lock_timeout
CREATE TABLE public.ai_visibility_audits (
    id            varchar(255) PRIMARY KEY,
    company_id    int NOT NULL REFERENCES public.companies (id) ON DELETE CASCADE,
    company_name  text,
    status        varchar(20) NOT NULL DEFAULT 'pending'
                  CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    report_id     varchar(255),
    query_count   int NOT NULL DEFAULT 48,
    overall_score numeric(5, 2),
    created_at    timestamptz NOT NULL DEFAULT now(),
    completed_at  timestamptz
);

CREATE TABLE public.audit_queries (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    audit_id               varchar(255) NOT NULL REFERENCES public.ai_visibility_audits (id) ON DELETE CASCADE,
    query_text             text NOT NULL,
    query_hash             varchar(64),
    intent                 varchar(50) NOT NULL,
    category               varchar(50),
    complexity_score       numeric(3, 2) CHECK (complexity_score >= 0 AND complexity_score <= 1),
    priority_score         numeric(3, 2) CHECK (priority_score >= 0 AND priority_score <= 1),
    buyer_journey_stage    varchar(50),
    semantic_variations    text[],
    expected_serp_features text[],
    metadata               jsonb DEFAULT '{}',
    created_at             timestamptz DEFAULT now()
);

CREATE TABLE public.audit_responses (
    id                      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    query_id                uuid NOT NULL REFERENCES public.audit_queries (id) ON DELETE CASCADE,
    audit_id                varchar(255),
    provider                varchar(50) NOT NULL,
    model_version           varchar(100),
    response_text           text NOT NULL,
    response_time_ms        int,
    tokens_used             int,
    cache_hit               boolean DEFAULT false,
    brand_mentioned         boolean NOT NULL DEFAULT false,
    mention_position        varchar(20),
    mention_context         varchar(30),
    sentiment               varchar(20),
    sentiment_score         numeric(3, 2),
    recommendation_strength varchar(30),
    competitors_mentioned   jsonb DEFAULT '[]',
    competitive_advantage   boolean,
    key_features_mentioned  text[],
    created_at              timestamptz DEFAULT now(),
    analysis_metadata       jsonb DEFAULT '{}'
);

CREATE TABLE public.dashboard_data (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    audit_id        varchar(255) UNIQUE NOT NULL,
    company_id      int NOT NULL,
    company_name    varchar(255) NOT NULL,
    report_id       varchar(255),
    overall_score   numeric(5, 2),
    total_queries   int,
    total_responses int,
    created_at      timestamptz DEFAULT now()
);
