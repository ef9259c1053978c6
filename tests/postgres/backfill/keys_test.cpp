// Every kind of key, and what is no key.
// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

struct Key {
  std::string what;
  std::string definition;  ///< columns and key of table t
  std::string key;         ///< as the descriptor has it
  std::string values;      ///< SELECT of the key's columns
  std::string join;        ///< of t and batch b
};

}  // namespace

TEST_CASE("a backfill walks every kind of key", "[backfill]") {
  const std::vector<Key> keys{
      {"bigint with gaps", "id bigint PRIMARY KEY", "id", "SELECT g * 1000003 FROM generate_series(-500, 900) g",
       "t.id = b.id"},
      {"uuid", "id uuid PRIMARY KEY", "id", "SELECT gen_random_uuid() FROM generate_series(1, 1401)", "t.id = b.id"},
      {"text in the C collation", "id text COLLATE \"C\" PRIMARY KEY", "id",
       "SELECT chr(60 + g % 60) || '''\\' || g FROM generate_series(1, 1401) g", "t.id = b.id"},
      {"text in another collation", "id text COLLATE \"und-x-icu\" PRIMARY KEY", "id",
       "SELECT (ARRAY['a', 'B', 'Ä', '-', 'é', '_z'])[1 + g % 6] || g FROM generate_series(1, 1401) g", "t.id = b.id"},
      {"a timestamp", "id timestamptz PRIMARY KEY", "id",
       "SELECT timestamptz '2024-02-28 23:59:59.123456+02' + g * interval '1 us' FROM generate_series(1, 1401) g",
       "t.id = b.id"},
      {"double precision", "id float8 PRIMARY KEY", "id", "SELECT g / 3.0 FROM generate_series(1, 1401) g",
       "t.id = b.id"},
      {"several columns, the index in another order than the descriptor",
       "\"Day\" date NOT NULL, name text COLLATE \"C\" NOT NULL, UNIQUE (name, \"Day\")", "[Day, name]",
       "SELECT date '2024-01-01' + g % 50, 'n' || g / 50 FROM generate_series(1, 1401) g",
       "(t.\"Day\", t.name) = (b.\"Day\", b.name)"},
      {"descending", "id int NOT NULL", "id", "SELECT g FROM generate_series(1, 1401) g", "t.id = b.id"},
  };
  for (const auto& key : keys) {
    DYNAMIC_SECTION(key.what) {
      TestDatabase database;
      Project project;
      std::string table = "CREATE TABLE t (" + key.definition + ", done int NOT NULL DEFAULT 0);\n";
      if (key.what == "descending") table += "CREATE UNIQUE INDEX t_id ON t (id DESC);\n";
      write_backfill(project, table + "INSERT INTO t " + key.values + ";\n",
                     "      name: fill\n      table: public.t\n      key: " + key.key +
                         "\n      batch: {rows: [7, 100]}\n      sql: UPDATE t SET done = done + 1 FROM batch b WHERE " +
                         key.join + "\n");
      upgrade(database, project);
      CHECK(database.ask("SELECT count(*), min(done), max(done) FROM t") == "1401|1|1");
      CHECK(database.ask("SELECT migrated, pass FROM dbmigrate.backfill") == "1401|1");
    }
  }
}

TEST_CASE("what is no key is refused before anything is written", "[backfill]") {
  struct Refused {
    std::string table;
    std::string key;
    std::string detail;
  };
  const std::vector<Refused> cases{
      {"CREATE TABLE t (id int, done int);", "id", "No unique index"},
      {"CREATE TABLE t (id int UNIQUE, done int);", "id", "lets several rows with NULL in"},
      {"CREATE TABLE t (id int NOT NULL, done int); CREATE UNIQUE INDEX i ON t (id) WHERE id > 0;", "id", "is partial"},
      {"CREATE TABLE t (id text NOT NULL, done int); CREATE UNIQUE INDEX i ON t (id COLLATE \"C\");", "id",
       "another collation"},
      {"CREATE TABLE t (id text NOT NULL, done int); CREATE UNIQUE INDEX i ON t (id text_pattern_ops);", "id",
       "operator class"},
      {"CREATE TABLE t (a int NOT NULL, b int NOT NULL, done int); CREATE UNIQUE INDEX i ON t (a, b DESC);", "[a, b]",
       "up in one column"},
      {"CREATE TABLE t (id int PRIMARY KEY, b int, done int);", "[id, b]", "No unique index"},
  };
  for (const auto& one : cases) {
    TestDatabase database;
    Project project;
    write_backfill(project, one.table,
                   "      name: fill\n      table: t\n      key: " + one.key +
                       "\n      sql: UPDATE t SET done = 1 FROM batch\n");
    const auto error = failure_of([&] { upgrade(database, project); });
    CHECK(error.code() == ErrorCode::invalid_descriptor);
    CAPTURE(error.info().detail, one.detail);
    CHECK(error.info().detail.find(one.detail) != std::string::npos);
    CHECK(database.ask("SELECT count(*) FROM dbmigrate.version WHERE revision = '0002_fill'") == "0");
  }
}
