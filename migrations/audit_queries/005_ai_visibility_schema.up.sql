CREATE TABLE public.companies (
    id   serial PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE public.ai_visibility_reports (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    company_id   int NOT NULL REFERENCES public.companies (id) ON DELETE CASCADE,
    report_id    varchar(255) UNIQUE NOT NULL,
    generated_at timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz DEFAULT now(),
    updated_at   timestamptz DEFAULT now()
);

CREATE TABLE public.ai_queries (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    report_id              varchar(255) NOT NULL REFERENCES public.ai_visibility_reports (report_id) ON DELETE CASCADE,
    company_id             int NOT NULL REFERENCES public.companies (id) ON DELETE CASCADE,
    query_id               varchar(255) UNIQUE NOT NULL,
    query_text             text NOT NULL,
    intent                 varchar(50),
    buyer_journey_stage    varchar(50),
    complexity_score       numeric(3, 2) CHECK (complexity_score >= 0 AND complexity_score <= 1),
    competitive_relevance  numeric(3, 2) CHECK (competitive_relevance >= 0 AND competitive_relevance <= 1),
    priority_score         numeric(3, 2) CHECK (priority_score >= 0 AND priority_score <= 1),
    semantic_variations    jsonb,
    expected_serp_features jsonb,
    persona_alignment      varchar(255),
    industry_specificity   numeric(3, 2),
    created_at             timestamptz DEFAULT now()
);

CREATE TABLE public.ai_responses (
    id                      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    query_id                varchar(255) NOT NULL,
    report_id               varchar(255) NOT NULL REFERENCES public.ai_visibility_reports (report_id) ON DELETE CASCADE,
    company_id              int NOT NULL REFERENCES public.companies (id) ON DELETE CASCADE,
    provider                varchar(50) NOT NULL,
    model_version           varchar(100),
    response_time_ms        int,
    response_text           text NOT NULL,
    response_summary        text,
    brand_mentioned         boolean DEFAULT false,
    competitor_mentions     jsonb,
    sentiment               varchar(20),
    sentiment_score         numeric(3, 2),
    prominence_score        numeric(3, 2),
    recommendation_strength varchar(20),
    competitive_advantage   boolean DEFAULT false,
    key_phrases             jsonb,
    mentioned_features      jsonb,
    mentioned_benefits      jsonb,
    call_to_action          text,
    tokens_used             int,
    created_at              timestamptz DEFAULT now()
);

CREATE INDEX idx_ai_queries_report_id ON public.ai_queries (report_id);
CREATE INDEX idx_ai_queries_company_id ON public.ai_queries (company_id);
CREATE INDEX idx_ai_responses_query_id ON public.ai_responses (query_id);
CREATE INDEX idx_ai_responses_report_id ON public.ai_responses (report_id);
CREATE INDEX idx_ai_responses_provider ON public.ai_responses (provider);
