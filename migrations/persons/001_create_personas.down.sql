DROP TABLE public.personas;
