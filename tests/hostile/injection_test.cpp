// SQL in fields of descriptors, contracts, catalog files and settings that are no place for a statement.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "hostile_project.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

/// Each breaks out of another way to build a statement. What follows them is dropped, doubled or commented out.
const std::vector<std::string> kPayloads{
    "x'; DROP TABLE canary; --",
    "x\"; DROP TABLE canary; --",
    "x\\'; DROP TABLE canary; --",
    "x); DROP TABLE canary; --",
    "true)); DROP TABLE canary; SELECT ((true",
    "true; COMMIT; DROP TABLE canary; --",
    "$$; DROP TABLE canary; $$",
    "$dbmigrate$; DROP TABLE canary; $dbmigrate$",
    "1 */ ; DROP TABLE canary; /* ",
    "x\n; DROP TABLE canary;\n--",
};

struct Field {
  std::string_view name;
  std::string_view yaml;  ///< of a whole descriptor; @@ stands for the payload in quotes
};

constexpr std::string_view kBackfill = R"(
up:
  - sql: CREATE TABLE walked (id bigint PRIMARY KEY, done boolean)
  - sql: INSERT INTO walked SELECT n FROM generate_series(1, 5) AS n
  - backfill:
      name: NAME
      table: TABLE
      key: KEY
      where: WHERE
      skip: [{when: WHEN, because: BECAUSE}]
      batch: {time: TIME, rows: [1, 3]}
      pause_when: {query: QUERY, flag_file: FLAG}
      sql: UPDATE walked SET done = true FROM batch WHERE walked.id = batch.id
down: [{sql: DROP TABLE walked}]
)";

/// The backfill above with one field hostile.
std::string backfill_with(std::string_view hostile) {
  const std::vector<std::pair<std::string, std::string>> usual{
      {"NAME", "walk"},          {"TABLE", "walked"},   {"KEY", "id"},
      {"WHERE", "done IS NULL"}, {"WHEN", "id < 0"},    {"BECAUSE", "old"},
      {"TIME", "500ms"},         {"QUERY", "SELECT 0"}, {"FLAG", "nothing_of_this_name"}};
  std::string text(kBackfill);
  for (const auto& [word, value] : usual) {
    // The last of them: WHEN and WHERE also begin words of the file itself.
    const auto at = text.find(": " + word);
    text.replace(at + 2, word.size(), word == hostile ? "@@" : value);
  }
  return text;
}

std::string with_payload(std::string_view yaml, const std::string& payload) {
  std::string text(yaml);
  for (auto at = text.find("@@"); at != std::string::npos; at = text.find("@@")) {
    text.replace(at, 2, Json(payload).dump());
  }
  return text;
}

/// Everything that reads the descriptor, and runs what may be run of it.
void run_all(HostileProject& project) {
  project.run({"validate-only", "--offline"});
  project.run({"upgrade", "--sql", "base:head"});
  project.run({"upgrade", "--format", "json", "--lock-retry-for", "0", "--wait", "0"});
  project.run({"validate-only", "--format", "json"});
  project.run({"status"});
  project.run({"history", "--log"});
  project.run({"backfill", "status"});
  project.run({"downgrade", "base", "--yes"});
  project.run({"downgrade", "base", "--yes", "--allow-data-loss", "--format", "json"});
  project.database.run("DROP SCHEMA IF EXISTS dbmigrate CASCADE; DROP TABLE IF EXISTS made, walked");
}

void try_fields(const std::vector<Field>& fields) {
  HostileProject project;
  for (const auto& field : fields) {
    for (const auto& payload : kPayloads) {
      CAPTURE(field.name, payload);
      project.descriptor("001_hostile", with_payload(field.yaml, payload));
      run_all(project);
    }
  }
}

constexpr std::string_view kMakes = "up: [{sql: CREATE TABLE made (id int)}]\ndown: [{sql: DROP TABLE made}]\n";

std::string with(std::string_view line) { return std::string(line) + "\n" + std::string(kMakes); }

}  // namespace

TEST_CASE("SQL in the head of a descriptor runs nowhere", "[hostile]") {
  const std::vector<std::pair<std::string_view, std::string>> texts{
      {"description", with("description: @@")},
      {"revision", with("revision: @@")},
      {"down_revision", with("down_revision: @@")},
      {"depends_on", with("depends_on: [@@]")},
      {"hold", with("hold: @@")},
      {"lock_timeout", with("lock_timeout: @@")},
      {"statement_timeout", with("statement_timeout: @@")},
      {"transaction", with("transaction: @@")},
      {"irreversible", "irreversible: @@\nup: [{sql: CREATE TABLE made (id int)}]\n"},
      {"verdict", with("verdict: {healthy: @@, otherwise: @@}")},
      {"contract", with("contract: {@@: 1}")},
      {"file", "up: [{file: @@}]\ndown: [{sql: SELECT 1}]\n"},
  };
  std::vector<Field> fields;
  for (const auto& [name, yaml] : texts) fields.push_back({name, yaml});
  try_fields(fields);
}

TEST_CASE("SQL in a requirement, a loss or a check runs nowhere but where a query is asked, and changes nothing there",
          "[hostile]") {
  const std::vector<std::pair<std::string_view, std::string>> texts{
      {"table", with("requires: [{table: @@, hint: @@}]")},
      {"view", with("requires: [{view: @@}]")},
      {"column", with("requires: [{column: @@}]")},
      {"index", with("requires: [{index: @@}]")},
      {"extension", with("requires: [{extension: @@}]")},
      {"server_version", with("requires: [{server_version: @@}]")},
      {"required sql, empty", with("requires: [{sql: @@, empty: true}]")},
      {"required sql, equals", with("requires: [{sql: @@, equals: @@}]")},
      {"skipping", with("requires: [{sql: @@, equals: t, otherwise: skip}]")},
      {"loses", with("loses: [{rows: @@, because: @@}]")},
      {"check, empty", with("checks: [{name: @@, sql: @@}]")},
      {"check, one row", with("checks: [{name: c, sql: @@, expect: one row}]")},
      {"check, equals", with("checks: [{name: c, sql: @@, expect: {equals: @@}}]")},
      {"check, info", with("checks: [{name: c, sql: @@, severity: info}]")},
  };
  std::vector<Field> fields;
  for (const auto& [name, yaml] : texts) fields.push_back({name, yaml});
  try_fields(fields);
}

TEST_CASE("SQL in a field of a backfill runs nowhere", "[hostile]") {
  std::vector<std::string> texts;
  std::vector<Field> fields;
  const std::vector<std::string_view> names{"NAME",    "TABLE", "KEY",   "WHERE", "WHEN",
                                            "BECAUSE", "TIME",  "QUERY", "FLAG"};
  for (const auto name : names) texts.push_back(backfill_with(name));
  for (std::size_t i = 0; i < names.size(); ++i) fields.push_back({names[i], texts[i]});
  try_fields(fields);
}

TEST_CASE("a field that stands inside a statement of ours cannot end it, however well it fits", "[hostile]") {
  HostileProject project;
  const auto refused = [&](const std::string& yaml, std::string_view what) {
    CAPTURE(yaml);
    project.descriptor("001_hostile", yaml);
    const auto outcome = project.run({"upgrade", "--format", "json"});
    CHECK(outcome.status == 3);
    CHECK(outcome.says(what));
    project.run({"validate-only"});
  };
  const auto backfill = [](const std::string& field, const std::string& sql) {
    return with_payload(backfill_with(field), sql);
  };
  refused(backfill("WHERE", "true) LIMIT 1), due AS (SELECT 1)) SELECT 1; DROP TABLE canary; SELECT (1"), "where");
  refused(backfill("WHERE", "done IS NULL) OR (true"), "where");
  refused(backfill("WHERE", "done IS NULL; DROP TABLE canary"), "where");
  refused(backfill("WHERE", "done IS NULL /* and so on"), "where");
  refused(backfill("WHERE", "done IS NULL AND 'open"), "where");
  refused(backfill("WHEN", "false) THEN 1 ELSE 0 END; DROP TABLE canary; SELECT CASE WHEN (false"), "when");
  refused(backfill("QUERY", "SELECT 0; COMMIT; DROP TABLE canary"), "query");
  refused(backfill("QUERY", "COMMIT"), "query");
  refused(with("requires: [{sql: \"SELECT 1) AS x; COMMIT; DROP TABLE canary; SELECT (SELECT true\", equals: t}]"),
          "sql");
  refused(with("requires: [{sql: \"SELECT 't'; COMMIT; DROP TABLE canary; SELECT 't'\", equals: t}]"), "sql");
  refused(with("checks: [{name: c, sql: \"SELECT 1; COMMIT; DROP TABLE canary\", expect: {equals: 1}}]"), "sql");
  refused(with("checks: [{name: c, sql: \"SELECT 1) x; COMMIT; DROP TABLE canary; SELECT count(*) FROM (SELECT 1\"}]"),
          "sql");
  refused(with("checks: [{name: c, sql: COMMIT, expect: {equals: 1}}]"), "sql");
  refused(with("loses: [{rows: \"SELECT 1) x; DROP TABLE canary; SELECT 1 FROM (SELECT 1\", because: x}]"),
          "parenthesis");
}

TEST_CASE("a query that only reads, as it is let to, cannot write by calling something", "[hostile]") {
  HostileProject project;
  project.database.run(
      "CREATE FUNCTION kill_canary() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE canary; RETURN 1; END $$");
  for (const std::string line :
       {"checks: [{name: c, sql: SELECT kill_canary()}]",
        "checks: [{name: c, sql: SELECT kill_canary(), severity: info}]",
        "checks: [{name: c, sql: SELECT kill_canary(), expect: {equals: 1}}]",
        "checks: [{name: c, sql: WITH d AS (DELETE FROM canary RETURNING id) SELECT * FROM d}]",
        "checks: [{name: c, sql: \"SELECT set_config('transaction_read_only', 'off', true), kill_canary()\"}]",
        "checks: [{name: c, sql: SET TRANSACTION READ WRITE, expect: {equals: 1}}]",
        "checks: [{name: c, sql: TRUNCATE canary, expect: {equals: 1}}]",
        "requires: [{sql: SELECT kill_canary(), equals: 1}]",
        "requires: [{sql: \"WITH d AS (DELETE FROM canary RETURNING id) SELECT id FROM d\", equals: 1}]"}) {
    CAPTURE(line);
    project.descriptor("001_hostile", with(line));
    project.run({"upgrade"});
    project.run({"validate-only", "--format", "json"});
    project.run({"downgrade", "base", "--yes", "--allow-data-loss"});
  }
}

TEST_CASE("SQL in the identities of a catalog file runs nowhere", "[hostile]") {
  HostileProject project;
  project.descriptor("001_made", "kind: baseline\n" + std::string(kMakes));
  REQUIRE(project.run({"catalog"}).status == 0);
  const auto file = read_file(project.folder() / "migrations/catalog/001_made.yaml");
  REQUIRE(file.find("public.made") != std::string::npos);
  for (const auto& payload : kPayloads) {
    CAPTURE(payload);
    std::string hostile = file;
    for (auto at = hostile.find("public.made:"); at != std::string::npos; at = hostile.find("public.made:")) {
      hostile.replace(at, std::string_view("public.made:").size(), Json("public.made" + payload).dump() + ":");
    }
    project.write("migrations/catalog/001_made.yaml", hostile);
    run_all(project);
    project.run({"drift"});
    project.run({"stamp", "head", "--verify"});
    project.run({"validate-only"});
    project.run({"stamp", "base", "--yes"});
  }
}

TEST_CASE("SQL in a contract runs nowhere but on a throwaway database", "[hostile]") {
  HostileProject project;
  project.revision("001_made", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  for (const auto& payload : kPayloads) {
    CAPTURE(payload);
    const auto quoted = Json(payload).dump();
    for (const auto& contract :
         {fmt::format("contract: made\nversion: 1\nrelation: {}\ncolumns: [{{name: id, type: integer}}]\n", quoted),
          fmt::format("contract: made\nversion: 1\nrelation: made\ncolumns: [{{name: {0}, type: {0}}}]\n", quoted),
          fmt::format("contract: made\nversion: 1\nrelation: made\ncolumns: [{{name: id, type: integer}}]\n"
                      "golden: [{{name: g, given: {0}, query: {0}, expect: [[1]]}}]\n",
                      quoted)}) {
      project.write("migrations/contracts/made.v1.yaml", contract);
      run_all(project);
    }
  }
}

TEST_CASE("SQL in the settings file and the branch's file runs nowhere", "[hostile]") {
  HostileProject project;
  project.revision("001_made", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  for (const auto& payload : kPayloads) {
    CAPTURE(payload);
    const auto quoted = Json(payload).dump();
    for (const std::string key : {"role", "version_schema", "lock_timeout", "url", "branches", "protected"}) {
      project.write("dbmigrate.yaml",
                    fmt::format("default_environment: dev\nenvironments:\n  dev:\n    {}: {}\n", key, quoted));
      project.run({"upgrade", "--format", "json"});
      project.run({"downgrade", "base", "--yes"});
    }
    project.write("dbmigrate.yaml", fmt::format("dir: {}\n", quoted));
    project.run({"upgrade"});
    project.write("dbmigrate.yaml", "dir: migrations\n");
    for (const std::string key : {"description", "lock_timeout", "statement_timeout"}) {
      project.write("migrations/branch.yaml", fmt::format("{}: {}\n", key, quoted));
      project.run({"upgrade", "--format", "json"});
      project.run({"branches"});
      project.run({"downgrade", "base", "--yes"});
    }
    std::filesystem::remove(project.folder() / "migrations/branch.yaml");
  }
}

TEST_CASE("what a run is told about itself is recorded as text", "[hostile]") {
  HostileProject project;
  project.revision("001_made", "CREATE TABLE made (id int);\n", "DROP TABLE made;\n");
  for (const auto& payload : kPayloads) {
    CAPTURE(payload);
    CHECK(project.run({"upgrade", "--change", payload}).status == 0);
    CHECK(project.run({"history", "--log", "--format", "json"}).status == 0);
    CHECK(project.run({"downgrade", "base", "--yes", "--change=" + payload}).status == 0);
    project.run({"stamp", "head", "--yes"});
    project.run({"stamp", "base", "--yes"});
    project.set("PGAPPNAME", payload);
    project.run({"status"});
    project.set("PGAPPNAME", std::nullopt);
  }
}
