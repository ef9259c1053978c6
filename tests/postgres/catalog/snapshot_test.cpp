// Snapshots of real catalogs: every kind of object, every property, and nothing that is not schema.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/snapshot.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog_file.hpp"
#include "catalog/difference.hpp"
#include "support/catch.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

/// One of everything, in schema `s` where it has one.
constexpr std::string_view kEverything = R"(
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN s.positive AS integer DEFAULT 1 CHECK (VALUE > 0);
CREATE TYPE s.pair AS (a integer, b text);
CREATE TYPE s.span AS RANGE (subtype = integer);
CREATE COLLATION s.german (provider = libc, locale = 'C');
CREATE SEQUENCE s.numbers;
CREATE TABLE s.host (id integer PRIMARY KEY);
CREATE TABLE s.t (
  id integer GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  twice integer GENERATED ALWAYS AS (1 + 1) STORED,
  host integer,
  day date,
  CONSTRAINT t_key UNIQUE (name),
  CONSTRAINT t_check CHECK (name <> ''),
  CONSTRAINT t_host FOREIGN KEY (host) REFERENCES s.host,
  CONSTRAINT t_excl EXCLUDE USING btree (host WITH =));
CREATE TABLE s.part (day date) PARTITION BY RANGE (day);
CREATE TABLE s.part_1 PARTITION OF s.part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE INDEX t_day ON s.t (day);
CREATE INDEX t_lower ON s.t (lower(name)) WHERE host > 0;
CREATE VIEW s.v AS SELECT id, name FROM s.t;
CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.t;
CREATE FUNCTION s.f(a integer DEFAULT 1) RETURNS integer LANGUAGE sql AS 'SELECT a';
CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION s.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION s.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION s.same(s.pair, s.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION s.to_text(s.pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT '''' ';
CREATE FUNCTION s.cmp(s.mood, s.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE AGGREGATE s.total(integer) (sfunc = int4pl, stype = integer);
CREATE OPERATOR s.=== (leftarg = s.pair, rightarg = s.pair, function = s.same);
CREATE OPERATOR CLASS s.mood_ops FOR TYPE s.mood USING hash AS FUNCTION 1 hashenum(anyenum);
CREATE CAST (s.pair AS text) WITH FUNCTION s.to_text(s.pair);
CREATE TRIGGER t_touch BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.touch();
CREATE RULE t_rule AS ON DELETE TO s.t DO ALSO NOTHING;
CREATE POLICY t_policy ON s.t USING (id > 0);
CREATE STATISTICS s.t_stats ON name, host FROM s.t;
CREATE PUBLICATION pub FOR TABLE s.t;
CREATE EVENT TRIGGER ddl ON ddl_command_end EXECUTE FUNCTION s.on_ddl();
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE s.far (id integer) SERVER srv;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO PUBLIC;
CREATE EXTENSION pgcrypto;
)";

struct Change {
  std::string sql;
  std::string object;    ///< whose difference it must be
  std::string property;  ///< empty: the object is new or gone
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all{
      {"CREATE SCHEMA other", "schema other", ""},
      {"COMMENT ON SCHEMA s IS 'x'", "schema s", "comment"},
      {"GRANT USAGE ON SCHEMA s TO PUBLIC", "schema s", "privileges"},
      {"ALTER EXTENSION pgcrypto SET SCHEMA s", "extension pgcrypto", "schema"},
      {"ALTER TYPE s.mood ADD VALUE 'good' BEFORE 'ok'", "type s.mood", "labels"},
      {"ALTER DOMAIN s.positive SET DEFAULT 2", "type s.positive", "default"},
      {"ALTER DOMAIN s.positive SET NOT NULL", "type s.positive", "nullability"},
      {"ALTER DOMAIN s.positive DROP CONSTRAINT positive_check", "constraint s.positive.positive_check", ""},
      {"ALTER TYPE s.pair ALTER ATTRIBUTE a TYPE bigint", "attribute s.pair.a", "type"},
      {"DROP TYPE s.span; CREATE TYPE s.span AS RANGE (subtype = bigint)", "type s.span", "definition"},
      {"DROP COLLATION s.german", "collation s.german", ""},
      {"ALTER SEQUENCE s.numbers INCREMENT 5", "sequence s.numbers", "increment"},
      {"ALTER SEQUENCE s.numbers OWNED BY s.t.host", "sequence s.numbers", "owned by"},
      {"ALTER SEQUENCE s.numbers MAXVALUE 100", "sequence s.numbers", "maximum"},
      {"DROP PUBLICATION pub; ALTER TABLE s.t SET UNLOGGED", "table s.t", "persistence"},
      {"ALTER TABLE s.t ENABLE ROW LEVEL SECURITY", "table s.t", "row security"},
      {"ALTER TABLE s.t SET (fillfactor = 70)", "table s.t", "options"},
      {"ALTER TABLE s.t REPLICA IDENTITY FULL", "table s.t", "replica identity"},
      {"ALTER TABLE s.t CLUSTER ON t_key", "table s.t", "clustered on"},
      {"ALTER TABLE s.part DETACH PARTITION s.part_1", "table s.part_1", "partition of"},
      {"COMMENT ON TABLE s.t IS E'two\\nlines'", "table s.t", "comment"},
      {"GRANT SELECT ON s.t TO PUBLIC", "table s.t", "privileges"},
      {"REVOKE INSERT ON s.t FROM CURRENT_USER", "table s.t", "privileges"},
      {"ALTER TABLE s.t OWNER TO pg_monitor", "table s.t", "owner"},
      {"ALTER TABLE s.t ADD COLUMN extra integer", "column s.t.extra", ""},
      {"ALTER TABLE s.t ALTER day TYPE timestamptz", "column s.t.day", "type"},
      {"ALTER TABLE s.t ALTER day SET DEFAULT now()", "column s.t.day", "default"},
      {"ALTER TABLE s.t ALTER name DROP NOT NULL", "column s.t.name", "nullability"},
      {"ALTER TABLE s.t ALTER id SET GENERATED BY DEFAULT", "column s.t.id", "identity"},
      {"ALTER TABLE s.t ALTER twice DROP EXPRESSION", "column s.t.twice", "generated"},
      {"DROP VIEW s.v; ALTER TABLE s.t ALTER name TYPE text COLLATE \"C\"", "column s.t.name", "collation"},
      {"ALTER TABLE s.t ALTER name SET STORAGE EXTERNAL", "column s.t.name", "storage"},
      {"ALTER TABLE s.t ALTER name SET STATISTICS 50", "column s.t.name", "statistics target"},
      {"ALTER TABLE s.t ALTER name SET (n_distinct = 7)", "column s.t.name", "options"},
      {"COMMENT ON COLUMN s.t.name IS 'x'", "column s.t.name", "comment"},
      {"GRANT UPDATE (name) ON s.t TO PUBLIC", "column s.t.name", "privileges"},
      {"ALTER TABLE s.t DROP CONSTRAINT t_key", "constraint s.t.t_key", ""},
      {"ALTER TABLE s.t DROP CONSTRAINT t_check, ADD CONSTRAINT t_check CHECK (name <> 'x')", "constraint s.t.t_check",
       "expression"},
      {"ALTER TABLE s.t DROP CONSTRAINT t_check, ADD CONSTRAINT t_check CHECK (name <> '') NOT VALID",
       "constraint s.t.t_check", "state"},
      {"ALTER TABLE s.t ALTER CONSTRAINT t_host DEFERRABLE", "constraint s.t.t_host", "definition"},
      {"ALTER TABLE s.t DROP CONSTRAINT t_excl", "constraint s.t.t_excl", ""},
      {"DROP INDEX s.t_day; CREATE INDEX t_day ON s.t (day DESC)", "index s.t_day", "definition"},
      {"DROP INDEX s.t_lower; CREATE INDEX t_lower ON s.t (upper(name)) WHERE host > 0", "index s.t_lower",
       "expression"},
      {"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 's.t_day'::regclass", "index s.t_day", "state"},
      {"CREATE OR REPLACE VIEW s.v AS SELECT id, name FROM s.t WHERE id > 1", "view s.v", "expression"},
      {"ALTER VIEW s.v SET (security_barrier = true)", "view s.v", "options"},
      {"REFRESH MATERIALIZED VIEW s.m WITH NO DATA", "materialized view s.m", "state"},
      {"CREATE OR REPLACE FUNCTION s.f(a integer DEFAULT 1) RETURNS integer LANGUAGE sql AS 'SELECT a + 1'",
       "function s.f(a integer)", "body"},
      {"ALTER FUNCTION s.f(integer) STABLE", "function s.f(a integer)", "volatility"},
      {"ALTER FUNCTION s.f(integer) SECURITY DEFINER", "function s.f(a integer)", "security"},
      {"ALTER FUNCTION s.f(integer) STRICT", "function s.f(a integer)", "strict"},
      {"ALTER FUNCTION s.f(integer) COST 7", "function s.f(a integer)", "cost"},
      {"ALTER FUNCTION s.f(integer) PARALLEL SAFE", "function s.f(a integer)", "parallel"},
      {"ALTER FUNCTION s.f(integer) SET search_path = s", "function s.f(a integer)", "settings"},
      {"REVOKE EXECUTE ON FUNCTION s.f(integer) FROM PUBLIC", "function s.f(a integer)", "privileges"},
      {"ALTER PROCEDURE s.p() SECURITY DEFINER", "procedure s.p()", "security"},
      {"DROP AGGREGATE s.total(integer); CREATE AGGREGATE s.total(integer) (sfunc = int4larger, stype = integer)",
       "aggregate s.total(integer)", "transition function"},
      {"ALTER OPERATOR s.=== (s.pair, s.pair) SET (restrict = eqsel)", "operator s.===(s.pair, s.pair)", "restrict"},
      {"DROP OPERATOR CLASS s.mood_ops USING hash", "operator class s.mood_ops(hash)", ""},
      {"DROP CAST (s.pair AS text); CREATE CAST (s.pair AS text) WITH FUNCTION s.to_text(s.pair) AS ASSIGNMENT",
       "cast (s.pair AS text)", "context"},
      {"ALTER TABLE s.t DISABLE TRIGGER t_touch", "trigger s.t.t_touch", "enabled"},
      {"DROP TRIGGER t_touch ON s.t; CREATE TRIGGER t_touch AFTER UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION "
       "s.touch()",
       "trigger s.t.t_touch", "definition"},
      {"ALTER TABLE s.t DISABLE RULE t_rule", "rule s.t.t_rule", "enabled"},
      {"ALTER POLICY t_policy ON s.t USING (id > 1)", "policy s.t.t_policy", "using"},
      {"ALTER POLICY t_policy ON s.t TO pg_monitor", "policy s.t.t_policy", "roles"},
      {"ALTER STATISTICS s.t_stats SET STATISTICS 10", "statistics s.t_stats", "target"},
      {"ALTER PUBLICATION pub SET (publish = 'insert')", "publication pub", "publishes"},
      {"ALTER PUBLICATION pub ADD TABLE s.host", "publication pub", "tables"},
      {"ALTER EVENT TRIGGER ddl DISABLE", "event trigger ddl", "enabled"},
      {"GRANT USAGE ON FOREIGN DATA WRAPPER w TO PUBLIC", "foreign data wrapper w", "privileges"},
      {"ALTER SERVER srv VERSION '2'", "foreign server srv", "version"},
      {"ALTER FOREIGN TABLE s.far OPTIONS (x 'y')", "foreign table s.far", "server"},
      {"ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT INSERT ON TABLES TO PUBLIC",
       "default privileges of postgres for tables in s", "grants"},
  };
  return all;
}

Snapshot snapshot_of(const TestDatabase& database) {
  const auto session = database.connect();
  return read_snapshot(*session, "dbmigrate");
}

bool shows(const std::vector<Difference>& differences, const Change& change) {
  for (const auto& one : differences) {
    if (one.object.key.text() != change.object) continue;
    if (change.property.empty()) return one.kind != Difference::Kind::changed;
    for (const auto& property : one.changes) {
      if (property.property == change.property) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("every change of every kind of object is found and named", "[catalog]") {
  TestDatabase database;
  database.run(kEverything);
  const auto before = snapshot_of(database);
  for (const auto& change : changes()) {
    INFO(change.sql);
    const auto session = database.connect();
    session->run("BEGIN");
    CHECK_NOTHROW(session->run(change.sql));
    if (session->status() != TransactionStatus::open) continue;
    const auto differences = compare(before.objects, read_snapshot(*session, "dbmigrate").objects);
    session->run("ROLLBACK");
    INFO(review_text(differences));
    CHECK(shows(differences, change));
  }
  CHECK(review_text(compare(before.objects, snapshot_of(database).objects)).empty());
}

TEST_CASE("every kind of object is in a snapshot", "[catalog]") {
  TestDatabase database;
  database.run(kEverything);
  const auto snapshot = snapshot_of(database);
  for (const auto& kind : object_kind_names()) {
    INFO(kind);
    CHECK(std::any_of(snapshot.objects.begin(), snapshot.objects.end(),
                      [&](const auto& one) { return name_of(one.first.kind) == kind; }));
  }
}

TEST_CASE("the same schema made in another order gives the same snapshot", "[catalog]") {
  TestDatabase one;
  one.run(
      "CREATE TABLE a (x integer PRIMARY KEY, y text); CREATE TABLE b (x integer REFERENCES a, z text);"
      "CREATE INDEX i ON a (y); CREATE INDEX j ON b (z); GRANT SELECT ON a TO pg_monitor; GRANT INSERT ON a TO PUBLIC");
  TestDatabase other;
  other.run(
      "CREATE TABLE junk (x integer); DROP TABLE junk;"
      "CREATE TABLE b (gone integer, x integer, z text); CREATE INDEX j ON b (z); CREATE TABLE a (x integer, y text);"
      "GRANT INSERT ON a TO PUBLIC; GRANT SELECT ON a TO pg_monitor; CREATE INDEX i ON a (y);"
      "ALTER TABLE b DROP COLUMN gone; ALTER TABLE a ADD PRIMARY KEY (x);"
      "ALTER TABLE b ADD FOREIGN KEY (x) REFERENCES a");
  CHECK(review_text(compare(snapshot_of(one).objects, snapshot_of(other).objects)).empty());
}

TEST_CASE("what is no schema of the user's is left out", "[catalog]") {
  TestDatabase database;
  const auto before = snapshot_of(database);
  database.run(
      "CREATE SCHEMA dbmigrate; CREATE TABLE dbmigrate.version (x integer); CREATE TEMP TABLE gone (x integer)");
  CHECK(review_text(compare(before.objects, snapshot_of(database).objects)).empty());
  database.run("CREATE EXTENSION btree_gist");
  const auto differences = compare(before.objects, snapshot_of(database).objects);
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].object.key.text() == "extension btree_gist");
}

TEST_CASE("a session's settings do not change what is read", "[catalog]") {
  TestDatabase database;
  database.run(
      "CREATE TABLE t (d timestamptz DEFAULT '2020-01-01 00:00+00', i interval DEFAULT '1 day 2 hours');"
      "CREATE VIEW v AS SELECT * FROM t");
  const auto before = snapshot_of(database);
  const auto session = database.connect();
  session->run(
      "SET search_path = public, pg_catalog; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY';"
      "SET IntervalStyle = 'sql_standard'; SET quote_all_identifiers = on; CREATE TEMP TABLE pg_class (x integer)");
  CHECK(review_text(compare(before.objects, read_snapshot(*session, "dbmigrate").objects)).empty());
  CHECK(session->query("SELECT current_setting('TimeZone')").text(0, 0) == "Asia/Tokyo");
}

TEST_CASE("reading inside a transaction sees it and leaves it open", "[catalog]") {
  TestDatabase database;
  const auto session = database.connect();
  session->run("BEGIN");
  session->run("CREATE TABLE t (x integer)");
  CHECK(read_snapshot(*session, "dbmigrate").find({ObjectKind::table, "public.t"}) != nullptr);
  CHECK(session->status() == TransactionStatus::open);
  session->run("COMMIT");
  CHECK(database.ask("SELECT to_regclass('public.t') IS NOT NULL") == "t");
}

TEST_CASE("a role without privileges reads the whole catalog", "[catalog]") {
  TestDatabase database;
  database.run(
      "CREATE SCHEMA hidden; CREATE TABLE hidden.t (x integer DEFAULT 1 CHECK (x > 0));"
      "CREATE VIEW hidden.v AS SELECT * FROM hidden.t; REVOKE ALL ON SCHEMA hidden FROM PUBLIC");
  const auto before = snapshot_of(database);
  const auto session = database.connect();
  session->run("SET ROLE pg_monitor");
  CHECK(review_text(compare(before.objects, read_snapshot(*session, "dbmigrate").objects)).empty());
}

TEST_CASE("everything goes through a catalog file and back", "[catalog]") {
  TestDatabase database;
  const auto before = snapshot_of(database);
  database.run(kEverything);
  auto file = catalog_file_of(before, snapshot_of(database), "postgres");
  file.id = {"main", "001"};
  file.checksum = Checksum::of("a");
  file.inputs = Checksum::of("b");
  CHECK(parse_catalog_file(catalog_file_text(file), "x.yaml") == file);
}

}  // namespace dbmigrate::tests
