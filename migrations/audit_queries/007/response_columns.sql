ALTER TABLE public.audit_responses
    ADD COLUMN response_summary text,
    ADD COLUMN mentioned_features jsonb,
    ADD COLUMN mentioned_benefits jsonb,
    ADD COLUMN call_to_action text,
    ADD COLUMN migrated_from varchar(50),
    ADD COLUMN legacy_response_id uuid;
