DROP TABLE public.exam_results;

DROP EXTENSION IF EXISTS pgcrypto;
