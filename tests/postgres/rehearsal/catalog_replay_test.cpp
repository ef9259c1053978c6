// What replaying revisions on a throwaway server tells of them.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/catalog_replay.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "catalog/difference.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/project.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

RehearsalServer& server() {
  static RehearsalServer one(test_server_binaries(), system_clock());
  return one;
}

std::vector<RevisionIndex> all_of(const RevisionGraph& graph) { return graph.in_order(); }

std::vector<CatalogFile> replay(const RevisionGraph& graph) {
  return replay_catalogs(server(), graph, all_of(graph), [](const RevisionId&) {});
}

const CatalogFile& file_of(const std::vector<CatalogFile>& files, const std::string& name) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const CatalogFile& one) { return one.id.name == name; });
  REQUIRE(found != files.end());
  return *found;
}

std::vector<std::string> names(const std::vector<Object>& objects) {
  std::vector<std::string> all;
  for (const auto& one : objects) all.push_back(one.key.text());
  return all;
}

}  // namespace

TEST_CASE("each revision's file has what it adds, changes and drops", "[rehearsal]") {
  Project project;
  project.migration("001_a", "CREATE TABLE t (b integer, a text); CREATE INDEX i ON t (a);", "DROP TABLE t;");
  project.migration("002_b", "ALTER TABLE t ALTER b SET NOT NULL, ADD z integer, ADD c integer; DROP INDEX i;",
                    "SELECT 1;");
  const auto files = replay(project.graph());
  REQUIRE(files.size() == 2);
  CHECK(names(files[0].adds) ==
        std::vector<std::string>{"table public.t", "column public.t.b", "column public.t.a", "index public.i"});
  CHECK(names(files[1].adds) == std::vector<std::string>{"column public.t.z", "column public.t.c"});
  REQUIRE(files[1].changes.size() == 1);
  CHECK(files[1].changes[0].changes == std::vector<PropertyChange>{{"nullability", std::nullopt, "NOT NULL"}});
  CHECK(files[1].drops == std::vector<ObjectKey>{{ObjectKind::index, "public.i"}});
  CHECK(replay(project.graph()) == files);
}

TEST_CASE("owners and privileges are in a file where the migration sets them", "[rehearsal]") {
  Project project;
  project.migration("001_a",
                    "CREATE TABLE plain (x integer); CREATE TABLE given (x integer);"
                    "ALTER TABLE given OWNER TO pg_monitor; GRANT SELECT ON given TO PUBLIC;",
                    "DROP TABLE plain, given;");
  const auto files = replay(project.graph());
  CHECK(files[0].adds[0].properties == Properties{{"owner", "pg_monitor"}, {"privileges", "grant SELECT to PUBLIC"}});
  CHECK(files[0].adds[1].properties.empty());
}

TEST_CASE("a revision is replayed on what it builds on and nothing else", "[rehearsal]") {
  Project project;
  project.write("one/001_a.up.sql", "CREATE EXTENSION IF NOT EXISTS pgcrypto; CREATE TABLE one (x integer);");
  project.write("one/001_a.down.sql", "DROP TABLE one;");
  project.write("two/001_b.up.sql", "CREATE EXTENSION IF NOT EXISTS pgcrypto;");
  project.write("two/001_b.down.sql", "DROP EXTENSION pgcrypto;");
  project.write(
      "two/002_c.yaml",
      "depends_on: [one@001_a]\nup: {sql: ALTER TABLE one ADD y integer}\ndown: {sql: ALTER TABLE one DROP y}\n");
  const auto files = replay(project.graph());
  CHECK(names(file_of(files, "001_b").adds) == std::vector<std::string>{"extension pgcrypto"});
  CHECK(names(file_of(files, "002_c").adds) == std::vector<std::string>{"column public.one.y"});
}

TEST_CASE("a revision that fails or skips itself stops a replay", "[rehearsal]") {
  Project project;
  project.write("001_a.yaml",
                "requires: [{table: nowhere, otherwise: skip}]\nup: {sql: SELECT 1}\ndown: {sql: SELECT 1}\n");
  CHECK(error_of([&] { replay(project.graph()); }).message == "revision main@001_a skips itself on an empty database");
  project.write("001_a.yaml", "up: {sql: SELECT nothing}\ndown: {sql: SELECT 1}\n");
  CHECK(error_of([&] { replay(project.graph()); }).sqlstate == "42703");
}

TEST_CASE("life_graph goes down to the catalogs that it came up through", "[rehearsal]") {
  const RevisionGraph graph(MigrationDirectory(DBMIGRATE_SHIPPED_MIGRATIONS).load());
  RehearsalDatabase database(server(), graph);
  const auto& revisions = graph.revisions("life_graph");
  REQUIRE(revisions.size() == 6);
  std::vector<Snapshot> before;
  const auto look = [&] { return read_snapshot(database.session(), database.version_schema()); };
  for (const auto revision : revisions) {
    before.push_back(look());
    database.upgrade(revision);
  }
  for (auto revision = revisions.rbegin(); revision != revisions.rend(); ++revision) {
    database.downgrade(*revision);
    INFO(graph.migration(*revision).id.text());
    CHECK(review_text(compare(before.back().objects, look().objects)).empty());
    before.pop_back();
  }
}

}  // namespace dbmigrate::tests
