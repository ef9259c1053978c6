DROP TABLE public.exam_results;
