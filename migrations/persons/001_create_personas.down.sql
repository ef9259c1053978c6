DROP TABLE public.personas;

DROP EXTENSION IF EXISTS "uuid-ossp";
