// Contracts held in the transactions of a run, by the live columns alone.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "contract/contracts.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/run.hpp"

namespace dbmigrate::tests {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// A table t with the columns id and note, frozen by its first revision.
class Frozen : public Project {
 public:
  Frozen() {
    write(
        "001_t.yaml",
        "contract: {t: 1}\nup: {sql: 'CREATE TABLE t (id integer NOT NULL, note text)'}\ndown: {sql: DROP TABLE t}\n");
    version(1, "note");
  }
  void version(int number, std::string_view column) const {
    write(fmt::format("contracts/t.v{}.yaml", number),
          fmt::format("contract: t\nversion: {}\nrelation: t\nrfc: r\nsign_offs: s\ndata_path: d\nnotice: n\ncolumns:\n"
                      "  - {{name: id, type: int, required: true}}\n  - {{name: {}, type: text}}\n",
                      number, column));
  }
  RunOutcome up(const TestDatabase& database, const std::string& target = "head") const {
    const Contracts contracts(graph());
    auto options = options_for(database);
    options.contracts = &contracts;
    return upgrade(database, *this, target, nullptr, &options);
  }
  RunOutcome down(const TestDatabase& database, const std::string& target) const {
    const Contracts contracts(graph());
    auto options = options_for(database, "downgrade");
    options.contracts = &contracts;
    return downgrade(database, *this, target, nullptr, &options);
  }
};

constexpr std::string_view kRename =
    "up: {sql: ALTER TABLE t RENAME note TO remark}\n"
    "down: {sql: ALTER TABLE t RENAME remark TO note}\n";

std::string applied(TestDatabase& database) {
  return database.ask("SELECT revision, state FROM dbmigrate.version ORDER BY revision");
}

std::string columns(TestDatabase& database) {
  return database.ask(
      "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass"
      " AND attnum > 0 AND NOT attisdropped");
}

}  // namespace

TEST_CASE("a revision that breaks a contract is rolled back before its COMMIT", "[executor]") {
  TestDatabase database;
  const Frozen project;
  project.up(database);
  project.write("002_rename.yaml", kRename);
  const auto info = error_of([&] { project.up(database); });
  CHECK(info.code == ErrorCode::contract_broken);
  CHECK(exit_code_of(info.code) == ExitCode::findings);
  CHECK(info.message == "main@002_rename breaks the contract t v1");
  CHECK(contains(info.detail, "contracts/t.v1.yaml):\n  column 2 is remark, the contract says note"));
  CHECK(contains(info.hint, "contracts/t.v2.yaml, which needs rfc, sign_offs, data_path and notice"));
  CHECK(contains(info.hint, "`contract: {t: 2}`"));
  CHECK(applied(database) == "001_t|applied");
  CHECK(columns(database) == "id,note");
  CHECK(database.ask("SELECT event FROM dbmigrate.history ORDER BY finished_at DESC LIMIT 1") == "failure");
}

TEST_CASE("a revision that moves a contract is held against the new version, and back against the old", "[executor]") {
  TestDatabase database;
  const Frozen project;
  project.write("002_rename.yaml", "contract: {t: 2}\n" + std::string(kRename));
  SECTION("the shape is that of the new version") {
    project.version(2, "remark");
    project.up(database);
    CHECK(columns(database) == "id,remark");
    project.down(database, "001_t");
    CHECK(columns(database) == "id,note");
    project.down(database, "base");
    CHECK(applied(database) == "");
  }
  SECTION("the shape is another one") {
    project.version(2, "comment");
    const auto info = error_of([&] { project.up(database); });
    CHECK(info.message == "main@002_rename breaks the contract t v2");
    CHECK(contains(info.hint, "Make the revision and"));
    CHECK(applied(database) == "001_t|applied");
  }
  SECTION("the downgrade leaves a third shape") {
    project.version(2, "remark");
    project.write("002_rename.yaml",
                  "contract: {t: 2}\nup: {sql: ALTER TABLE t RENAME note TO remark}\n"
                  "down: {sql: ALTER TABLE t RENAME remark TO nota}\n");
    project.up(database);
    const auto info = error_of([&] { project.down(database, "001_t"); });
    CHECK(info.code == ErrorCode::contract_broken);
    CHECK(info.message == "the downgrade of main@002_rename breaks the contract t v1");
    CHECK(applied(database) == "001_t|applied\n002_rename|applied");
    CHECK(columns(database) == "id,remark");
  }
}

TEST_CASE("a required column of a table has to be NOT NULL", "[executor]") {
  TestDatabase database;
  const Frozen project;
  project.up(database);
  project.write("002_null.yaml", "up: {sql: ALTER TABLE t ALTER id DROP NOT NULL}\nirreversible: no need\n");
  CHECK(contains(error_of([&] { project.up(database); }).detail, "column id may be NULL, the contract requires it"));
}

TEST_CASE("revisions in one transaction are each held against the contract", "[executor]") {
  TestDatabase database;
  const Frozen project;
  project.version(2, "remark");
  project.write("002_rename.yaml", "contract: {t: 2}\n" + std::string(kRename));
  const Contracts contracts(project.graph());
  auto options = options_for(database);
  options.contracts = &contracts;
  options.single_transaction = true;
  SECTION("all of them keep it") {
    upgrade(database, project, "head", nullptr, &options);
    CHECK(columns(database) == "id,remark");
  }
  SECTION("the last one does not, so nothing stays") {
    project.write("003_drop.yaml", "up: {sql: ALTER TABLE t DROP remark}\nirreversible: gone\n");
    CHECK(error_of([&] { upgrade(database, project, "head", nullptr, &options); }).message ==
          "main@003_drop breaks the contract t v2");
    CHECK(applied(database) == "");
    CHECK(database.ask("SELECT to_regclass('t') IS NULL") == "t");
  }
}

TEST_CASE("what the SQL set for itself does not blind the look, nor does the look disturb it", "[executor]") {
  TestDatabase database;
  const Frozen project;
  project.write(
      "002_mood.yaml",
      "up:\n  sql: |\n    CREATE SCHEMA other; SET search_path = other, public;\n"
      "    CREATE FUNCTION other.f() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN INSERT INTO seen VALUES (NEW.id); RETURN NULL; END $$;\n"
      "    CREATE TABLE other.seen (id integer);\n"
      "    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
      "FUNCTION other.f();\n    SET LOCAL search_path = other;\n"
      "    ALTER FUNCTION other.f() SET search_path = other;\n"
      "    INSERT INTO public.t VALUES (1);\nirreversible: no need\n");
  project.up(database);
  CHECK(database.ask("SELECT id FROM other.seen") == "1");
}

TEST_CASE("a journalled revision stops at the unit that breaks a contract", "[executor]") {
  TestDatabase database;
  const Frozen project;
  project.up(database);
  SECTION("its first one: nothing of it is in effect") {
    project.write("002_rename.yaml",
                  "transaction: step\nup:\n  - sql: ALTER TABLE t RENAME note TO remark\n"
                  "  - sql: SELECT 1\nirreversible: no need\n");
    const auto info = error_of([&] { project.up(database); });
    CHECK(info.code == ErrorCode::contract_broken);
    CHECK(columns(database) == "id,note");
    CHECK(database.ask("SELECT state, steps_done FROM dbmigrate.version WHERE revision = '002_rename'") ==
          "in_progress|0");
  }
  SECTION("a later one: it stops part-way, and goes on once the file is mended") {
    const std::string first = "transaction: step\nup:\n  - sql: CREATE TABLE u (id integer)\n";
    project.write("002_rename.yaml",
                  first + "  - sql: ALTER TABLE t RENAME note TO remark\n  - sql: SELECT 1\nirreversible: no need\n");
    const auto info = error_of([&] { project.up(database); });
    CHECK(info.code == ErrorCode::part_way);
    CHECK(contains(info.message, "breaks the contract t v1"));
    CHECK(contains(info.detail, "1 of 3 steps of main@002_rename are done and recorded."));
    CHECK(columns(database) == "id,note");
    project.write("002_rename.yaml", first + "  - sql: SELECT 2\n  - sql: SELECT 1\nirreversible: no need\n");
    project.up(database);
    CHECK(applied(database) == "001_t|applied\n002_rename|applied");
  }
  SECTION("one that moves the contract may take several units") {
    project.version(2, "remark");
    project.write("002_rename.yaml",
                  "contract: {t: 2}\ntransaction: step\nup:\n  - sql: ALTER TABLE t RENAME note TO between\n"
                  "  - sql: ALTER TABLE t RENAME between TO remark\nirreversible: no need\n");
    project.up(database);
    CHECK(columns(database) == "id,remark");
  }
  SECTION("statements outside transactions are looked at before the finish") {
    project.write("002_rename.yaml",
                  "transaction: none\nup: {sql: \"CREATE INDEX CONCURRENTLY i ON t (id); ALTER TABLE t DROP note\"}\n"
                  "irreversible: no need\n");
    CHECK(error_of([&] { project.up(database); }).code == ErrorCode::part_way);
    CHECK(columns(database) == "id,note");
  }
}

TEST_CASE("a contract that nobody begins holds from the shape on that it describes", "[executor]") {
  TestDatabase database;
  const Frozen project;
  project.write("001_t.yaml", "up: {sql: 'CREATE TABLE t (id integer NOT NULL)'}\ndown: {sql: DROP TABLE t}\n");
  project.write("002_note.yaml", "up: {sql: ALTER TABLE t ADD note text}\ndown: {sql: ALTER TABLE t DROP note}\n");
  project.up(database);
  project.write("003_drop.yaml", "up: {sql: DROP TABLE t}\nirreversible: gone\n");
  CHECK(contains(error_of([&] { project.up(database); }).detail, "the relation public.t is missing"));
  project.remove("003_drop.yaml");
  project.down(database, "base");
  CHECK(applied(database) == "");
}

}  // namespace dbmigrate::tests
