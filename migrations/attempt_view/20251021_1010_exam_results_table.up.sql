CREATE EXTENSION IF NOT EXISTS pgcrypto;

CREATE TABLE public.exam_results (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id     text NOT NULL UNIQUE,
    user_id        text,
    exam_id        int,
    org_id         int,
    status         text NOT NULL DEFAULT 'ready',
    result_json    jsonb NOT NULL,
    score_raw      numeric,
    score_scaled   numeric,
    standard_error numeric,
    percentile     numeric,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX ix_exam_results_user_exam ON public.exam_results (user_id, exam_id);
