-- What the cases of lint_cases.txt find in use.
CREATE TABLE teams (id int PRIMARY KEY, name text);
CREATE TABLE users (
  id int PRIMARY KEY, email varchar(50), age int, score int NOT NULL, team_id int REFERENCES teams (id),
  at timestamp, seen timestamptz, price numeric(10,2), note text, ip cidr, doc json,
  nick varchar(20) CONSTRAINT nick_there CHECK (nick <> ''));
CREATE INDEX users_email_idx ON users (email);
CREATE INDEX users_seen_idx ON users (seen);
CREATE UNIQUE INDEX users_age_idx ON users (age);
CREATE TABLE logs (id int, at timestamptz, line text);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN plain AS int;
CREATE TABLE counted (id int PRIMARY KEY, amount positive);
CREATE TABLE events (id int, k int) PARTITION BY RANGE (k);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
CREATE TABLE measures (k int) PARTITION BY RANGE (k);
CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM (0) TO (100);
CREATE TABLE measures_rest PARTITION OF measures DEFAULT;
CREATE TABLE loose (id int, k int);
CREATE TABLE bounded (id int, k int, CHECK (k IS NOT NULL AND k >= 100 AND k < 200));
CREATE VIEW user_names AS SELECT id, note FROM users;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM users;
CREATE FUNCTION stable_one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION volatile_one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON teams FOR EACH ROW EXECUTE FUNCTION touch();
CREATE SCHEMA archive;
CREATE TABLE archive.users (id int PRIMARY KEY);
