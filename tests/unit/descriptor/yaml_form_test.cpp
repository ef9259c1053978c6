// Revisions as YAML descriptors: every key, and every mistake with its place.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "unit/descriptor/support.hpp"

using namespace dbmigrate;
using namespace dbmigrate::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kEverything = R"(revision: 003
down_revision: [002, "002b"]
depends_on: [persons@002_create]
description: Add columns
kind: schema
adopts: true
hold: deploy first
transaction: step
lock_timeout: 2s
statement_timeout: 0
contract: {attempt: 2}
requires:
  - table: documents
    hint: Run the host's migrations first.
  - column: documents.path
    otherwise: skip
  - server_version: 14
  - sql: SELECT count(*) FROM documents
    equals: 0
  - sql: SELECT 1 WHERE false
    empty: true
loses:
  - rows: SELECT * FROM documents
    because: submissions made since
up:
  - file: 003.up.sql
  - sql: |
      CREATE INDEX CONCURRENTLY i ON documents (path)
    transaction: none
  - sql: CALL refresh()
    repeatable: true
  - backfill:
      name: personas
      table: personas
      key: [id, part]
      where: person_id IS NULL
      skip: [{when: "raw_text = ''", because: no raw_text}]
      batch: {time: 250ms, rows: [10, 200]}
      pause_when: {replication_lag: 10s, lock_waiters: 1, query: SELECT false, flag_file: /tmp/pause}
      max_failures: 5
      sql: |
        UPDATE personas SET x = 1
down: 003.down.sql
checks:
  - name: every person has one
    sql: SELECT 1 WHERE false
  - name: one
    sql: SELECT 1
    expect: one row
    severity: warning
  - name: two
    sql: SELECT 2
    expect: {equals: 2}
    severity: info
verdict:
  healthy: READY
  otherwise: REVIEW
)";

/// What is said of a descriptor `a.yaml` in a branch that has a folder `parts`.
std::string said_of(std::string_view text) {
  auto line = said({{"b/a.yaml", text}, {"b/parts/x.sql", "SELECT 1"}});
  return line.starts_with("b/") ? line.substr(2) : line;
}

/// The same for lines added to a descriptor that is right without them; the first stands in line 3.
std::string said_with(const std::string& lines) {
  return said({{"a.yaml", "up: {sql: SELECT 1}\nirreversible: gone\n" + lines}});
}

}  // namespace

TEST_CASE("a descriptor says everything there is to say", "[descriptor]") {
  const WrittenFiles folder{{"x.yaml", kEverything},
                            {"003.up.sql", "ALTER TABLE documents ADD a int"},
                            {"003.down.sql", "-- dbmigrate: transaction=revision\nALTER TABLE documents DROP a"}};
  const auto set = MigrationDirectory(folder.path()).load();
  REQUIRE(set.migrations.size() == 1);
  const auto& m = set.migrations.front();

  SECTION("about itself") {
    CHECK(m.id == RevisionId{"main", "003"});
    CHECK(m.parents == std::vector<std::string>{"002", "002b"});
    CHECK(m.depends_on == std::vector<RevisionId>{{"persons", "002_create"}});
    CHECK(m.description == "Add columns");
    CHECK(m.adopts);
    CHECK(m.hold == "deploy first");
    CHECK(m.lock_timeout == 2s);
    CHECK(m.statement_timeout == 0s);
    CHECK(m.contract == std::map<std::string, int>{{"attempt", 2}});
    CHECK(m.files == std::vector{folder / "x.yaml", folder / "003.up.sql", folder / "003.down.sql"});
  }
  SECTION("about what it runs") {
    REQUIRE(m.up.size() == 4);
    CHECK(m.up[0].transaction == TransactionMode::step);
    CHECK(m.up[0].sql()->file == folder / "003.up.sql");
    CHECK(m.up[0].at == Location{folder / "x.yaml", 26, 5});
    CHECK(m.up[1].transaction == TransactionMode::none);
    CHECK(m.up[1].sql()->text == "CREATE INDEX CONCURRENTLY i ON documents (path)\n");
    CHECK(m.up[1].sql()->file == folder / "x.yaml");
    CHECK(m.up[1].sql()->first_line == 28);
    CHECK(m.up[1].sql()->indent == 6);
    CHECK(m.up[2].repeatable);
    CHECK(m.up[2].sql()->first_line == 30);
    CHECK(m.up[2].sql()->indent == 9);
    CHECK(m.down.at(0).transaction == TransactionMode::revision);
  }
  SECTION("about its backfill") {
    const auto* b = m.up.at(3).backfill();
    REQUIRE(b != nullptr);
    CHECK(b->name == "personas");
    CHECK(b->key == std::vector<std::string>{"id", "part"});
    CHECK(b->where == "person_id IS NULL");
    CHECK(b->skip.at(0).when == "raw_text = ''");
    CHECK(b->skip.at(0).because == "no raw_text");
    CHECK(b->batch_time == 250ms);
    CHECK(b->batch_rows_min == 10);
    CHECK(b->batch_rows_max == 200);
    CHECK(b->pause_replication_lag == 10s);
    CHECK(b->pause_lock_waiters == 1);
    CHECK(b->pause_query == "SELECT false");
    CHECK(b->pause_flag_file == "/tmp/pause");
    CHECK(b->max_failures == 5);
    CHECK(b->sql.text == "UPDATE personas SET x = 1\n");
    CHECK(b->sql.indent == 8);
  }
  SECTION("about what it claims") {
    REQUIRE(m.requirements.size() == 5);
    CHECK(m.requirements[0].kind == Requirement::Kind::table);
    CHECK(m.requirements[0].hint == "Run the host's migrations first.");
    CHECK(m.requirements[0].at == Location{folder / "x.yaml", 13, 5});
    CHECK(m.requirements[1].subject == "documents.path");
    CHECK(m.requirements[1].skip);
    CHECK(m.requirements[2].subject == "14");
    CHECK(m.requirements[3].expect.kind == Expectation::Kind::equals);
    CHECK(m.requirements[3].expect.value == "0");
    CHECK(m.requirements[4].expect.kind == Expectation::Kind::empty);
    CHECK(m.loses.at(0).because == "submissions made since");
    REQUIRE(m.checks.size() == 3);
    CHECK(m.checks[0].expect.kind == Expectation::Kind::empty);
    CHECK(m.checks[1].expect.kind == Expectation::Kind::one_row);
    CHECK(m.checks[1].severity == Severity::warning);
    CHECK(m.checks[2].expect.value == "2");
    REQUIRE(m.verdict);
    CHECK(m.verdict->otherwise == "REVIEW");
  }
}

TEST_CASE("up and down default to the files beside the descriptor", "[descriptor]") {
  const auto m = only({{"a.yaml", "description: x\n"}, {"a.up.sql", "SELECT 1"}, {"a.down.sql", "SELECT 2"}});
  CHECK(m.up.at(0).sql()->text == "SELECT 1");
  CHECK(m.down.at(0).sql()->text == "SELECT 2");
}

TEST_CASE("a descriptor may name files in folders of the migrations", "[descriptor]") {
  const auto set = loaded({{"b/a.yaml", "up: [parts/x.sql, ../c/parts/y.sql]\ndown: {sql: SELECT 1}\n"},
                           {"b/parts/x.sql", "SELECT 1"},
                           {"c/parts/y.sql", "SELECT 2"},
                           {"c/z.yaml", "up: parts/y.sql\nirreversible: x\n"}});
  CHECK(set.migrations.at(0).up.at(1).sql()->text == "SELECT 2");
}

TEST_CASE("a baseline adopts", "[descriptor]") {
  CHECK(only({{"a.yaml", "kind: baseline\nup: {sql: SELECT 1}\nirreversible: x\n"}}).adopts);
}

TEST_CASE("mistakes in a descriptor's own keys are told with their place", "[descriptor]") {
  CHECK(said_of("- up\n") == "a.yaml:1:1: a migration must be a mapping");
  CHECK(said_of("") == "a.yaml: b/a.yaml is empty");
  CHECK(said_with("revison: 2\n") == "a.yaml:3:1: unknown key \"revison\"");
  CHECK(said_with("irreversible: x\n") == "a.yaml:3:1: duplicate key \"irreversible\"");
  CHECK(said_with("revision: a/b\n") == "a.yaml:3:11: \"a/b\" cannot name a revision because it contains a slash");
  CHECK(said_with("revision: -1\n").find("begins like a count of steps") != std::string::npos);
  CHECK(said_with("revision: head\n") ==
        "a.yaml:3:11: \"head\" cannot name a revision because it is a target's own word");
  CHECK(said_with("revision: " + std::string(201, 'x') + "\n").find("is longer than 200 bytes") != std::string::npos);
  CHECK(said_with("revision: \"a\\nb\"\n").find("contains a control character") != std::string::npos);
  CHECK(said_with("down_revision:\n") == "a.yaml:3:1: down_revision says nothing");
  CHECK(said_with("down_revision: {a: b}\n") == "a.yaml:3:16: down_revision must be text");
  CHECK(said_with("kind: [schema]\n") == "a.yaml:3:7: kind must be one of \"schema\", \"data\", \"baseline\"");
  CHECK(said_with("adopts: \"true\"\n") == "a.yaml:3:9: adopts must be true or false");
  CHECK(said_with("hold: \"\"\n") == "a.yaml:3:7: hold is blank");
  CHECK(said_with("lock_timeout: 2\n") == "a.yaml:3:15: lock_timeout must be a duration");
  CHECK(said_with("contract: {attempt: two}\n") == "a.yaml:3:21: attempt must be a whole number");
  CHECK(said_with("contract: [attempt]\n") == "a.yaml:3:11: contract must be a mapping");
  CHECK(said_with("verdict: {healthy: x}\n") == "a.yaml:3:10: the verdict needs the key \"otherwise\"");
  CHECK(said_of("description: x\n") == "a.yaml:1:1: revision a has no up");
  CHECK(said_of("up: {sql: SELECT 1}\n") == "a.yaml:1:1: revision a has no down");
  CHECK(said_with("down: {sql: SELECT 1}\n") == "a.yaml:1:1: revision a is irreversible and has a down");
}

TEST_CASE("mistakes in steps are told with their place", "[descriptor]") {
  CHECK(said_of("up: []\n") == "a.yaml:1:5: up is an empty list");
  CHECK(said_of("up: {file: x.sql, sql: SELECT 1}\n") == "a.yaml:1:5: a step is one of file, sql and backfill");
  CHECK(said_of("up: {transaction: none}\n") == "a.yaml:1:5: a step is one of file, sql and backfill");
  CHECK(said_of("up:\n  - sql: SELECT 1\n    transactoin: none\n") == "a.yaml:3:5: unknown key \"transactoin\"");
  CHECK(said_of("up: {sql: \"-- nothing\"}\nirreversible: x\n") == "a.yaml:1: the up has no statement");
  CHECK(said_of("up: {sql: SELECT 1, repeatable: yes}\n") == "a.yaml:1:33: repeatable must be true or false");
  CHECK(said_of("up:\n  sql: |\n    -- dbmigrate: hold=x\n    SELECT 1\n") ==
        "a.yaml:3:19: the setting hold stands in the descriptor's SQL");
  CHECK(said_of("up:\n  sql: |\n    SELECT 1;\n    -- dbmigrate: allow x\n") == "a.yaml:4:19: allow gives no reason");
  CHECK(said({{"a.yaml", "up: {file: x.sql, transaction: step}\nirreversible: x\n"},
              {"x.sql", "-- dbmigrate: transaction=none\nSELECT 1"}}) ==
        "a.yaml:1:32: descriptor and SQL file differ in transaction");
  CHECK(said({{"a.yaml", "up: x.sql\nirreversible: x\n"}, {"x.sql", "-- dbmigrate: hold=y\nSELECT 1"}}) ==
        "x.sql:1:15: unknown key \"hold\"");
  CHECK(said({{"a.yaml", "up: x.sql\nirreversible: x\n"}, {"x.sql", "-- dbmigrate:up\nSELECT 1"}}) ==
        "x.sql:1:1: a section -- dbmigrate:up where there are no sections");
}

TEST_CASE("files that a descriptor names are there, and inside the migrations", "[descriptor]") {
  const auto missing = refusal({{"a.yaml", "up:\n  - file: a.pu.sql\n"}, {"a.up.sql", "SELECT 1"}});
  CHECK(line_of(missing) == "a.yaml:2:11: there is no file a.pu.sql");
  CHECK(missing.hint == "Did you mean \"a.up.sql\"?");
  CHECK(said_of("up: parts/y.sql\n").find("there is no file parts/y.sql") != std::string::npos);
  CHECK(said_of("up: /etc/passwd\n").find("a.yaml:1:5: \"/etc/passwd\" is no path relative to the descriptor") == 0);
  CHECK(said_of("up: ../../x.sql\n").find("a.yaml:1:5: \"../../x.sql\" leads out of the migrations directory") == 0);
  CHECK(said_of("up: parts/../../../etc/passwd\n").find("leads out of the migrations directory") != std::string::npos);
  CHECK(said_of("up: parts\n").find("a.yaml:1:5: parts is no file") == 0);
}

TEST_CASE("mistakes in a backfill are told with their place", "[descriptor]") {
  const auto with = [](const std::string& rest) {
    return said(
        {{"a.yaml",
          "irreversible: x\nup:\n  - backfill:\n      name: n\n      table: t\n      key: id\n      sql: SELECT 1\n" +
              rest}});
  };
  CHECK(said_of("up: {backfill: {name: n, table: t, key: id}}\n") == "a.yaml:1:16: a backfill needs the key \"sql\"");
  CHECK(with("      ky: id\n") == "a.yaml:8:7: unknown key \"ky\"");
  CHECK(with("      batch: {rows: [5, 1]}\n") == "a.yaml:8:21: rows begins with the greater number");
  CHECK(with("      batch: {rows: [0, 1]}\n") == "a.yaml:8:22: an item of rows must be 1 or more");
  CHECK(with("      batch: {rows: [1, 2, 3]}\n") == "a.yaml:8:21: rows has more than two numbers");
  CHECK(with("      batch: {time: 0}\n") == "a.yaml:8:21: time must be longer than 0");
  CHECK(with("      pause_when: {replication_lag: 10}\n") == "a.yaml:8:37: replication_lag must be a duration");
  CHECK(with("      max_failures: -1\n") == "a.yaml:8:21: max_failures must be 0 or more");
  CHECK(with("      skip: [{when: x}]\n") == "a.yaml:8:14: a skip needs the key \"because\"");
  CHECK(with("    transaction: none\n") == "a.yaml:8:18: a backfill takes no transaction");
  CHECK(said_of("up: {backfill: {name: n, table: t, key: [a, a], sql: SELECT 1}}\n") ==
        "a.yaml:1:45: key column a is named twice");
  CHECK(said_of("irreversible: x\nup:\n  - backfill: {name: n, table: t, key: a, sql: SELECT 1}\n"
                "  - backfill: {name: n, table: u, key: a, sql: SELECT 1}\n") ==
        "a.yaml:4:5: two backfills are called \"n\"");
}

TEST_CASE("mistakes in requirements, losses and checks are told with their place", "[descriptor]") {
  CHECK(said_with("requires: {table: x}\n") == "a.yaml:3:11: requires must be a list");
  CHECK(said_with("requires: [{hint: x}]\n") == "a.yaml:3:12: a requirement has no subject");
  CHECK(said_with("requires: [{table: x, view: y}]\n") == "a.yaml:3:29: a requirement has two subjects");
  CHECK(said_with("requires: [{column: x}]\n") == "a.yaml:3:21: a required column needs its table");
  CHECK(said_with("requires: [{server_version: new}]\n") ==
        "a.yaml:3:29: server_version must be a version of PostgreSQL");
  CHECK(said_with("requires: [{sql: SELECT 1}]\n") == "a.yaml:3:12: a required query needs equals or empty");
  CHECK(said_with("requires: [{table: x, empty: true}]\n") == "a.yaml:3:30: empty is only for sql");
  CHECK(said_with("requires: [{sql: SELECT 1, empty: false}]\n") == "a.yaml:3:35: empty must be true");
  CHECK(said_with("requires: [{table: x, otherwise: ignore}]\n") ==
        "a.yaml:3:34: otherwise must be one of \"fail\", \"skip\"");
  CHECK(said_with("loses: [{rows: SELECT 1}]\n") == "a.yaml:3:9: a loss needs the key \"because\"");
  CHECK(said_with("checks: [{sql: SELECT 1}]\n") == "a.yaml:3:10: a check needs the key \"name\"");
  CHECK(said_with("checks: [{name: x, sql: SELECT 1, expect: none}]\n") ==
        "a.yaml:3:43: expect must be one of \"empty\", \"one row\"");
  CHECK(said_with("checks: [{name: x, sql: SELECT 1, expect: {equal: 1}}]\n") == "a.yaml:3:44: unknown key \"equal\"");
  CHECK(said_with("checks: [{name: x, sql: SELECT 1}, {name: x, sql: SELECT 1}]\n") ==
        "a.yaml:3:43: two checks are called \"x\"");
}
