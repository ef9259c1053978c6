DROP TABLE public.dashboard_data;
DROP TABLE public.audit_responses;
DROP TABLE public.audit_queries;
DROP TABLE public.ai_visibility_audits;
