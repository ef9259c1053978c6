DROP TABLE public.ai_responses;
DROP TABLE public.ai_queries;
DROP TABLE public.ai_visibility_reports;
DROP TABLE public.companies;
