-- dbmigrate drops the extensions that it created here itself, once no other revision declares them.
SELECT 1;
