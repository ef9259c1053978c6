// Baselines on databases that have what they describe: none of it, all of it, part of it.
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include "catalog/catalog_file.hpp"
#include "catalog/snapshot.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/run.hpp"

namespace dbmigrate::tests {
namespace {

constexpr std::string_view kDocuments = R"(CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE TABLE documents (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), path text NOT NULL, size integer);
CREATE INDEX documents_path ON documents (path);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
)";

/// A project whose first revision is a baseline with its catalog file, written as `dbmigrate catalog` would.
class BaselineProject : public Project {
 public:
  BaselineProject() {
    write("000_documents.yaml", "kind: baseline\nup: up.sql\ndown: down.sql\n");
    write("up.sql", kDocuments);
    write("down.sql", "DROP FUNCTION touch(); DROP TABLE documents; DROP EXTENSION pgcrypto;");
    write("001_more.up.sql", "ALTER TABLE documents ADD COLUMN more text;");
    write("001_more.down.sql", "ALTER TABLE documents DROP COLUMN more;");
  }

  void write_catalog() const {
    TestDatabase throwaway;
    const auto session = throwaway.connect();
    const auto before = read_snapshot(*session, "dbmigrate");
    session->run(kDocuments);
    auto file = catalog_file_of(before, read_snapshot(*session, "dbmigrate"), "postgres");
    const auto revisions = graph();
    const auto index = *revisions.find({"main", "000_documents"});
    file.id = {"main", "000_documents"};
    file.checksum = revisions.migration(index).checksum;
    file.inputs = catalog_inputs(revisions)[index];
    write("catalog/000_documents.yaml", catalog_file_text(file));
  }
};

std::string states(TestDatabase& database) {
  return database.ask("SELECT revision, state FROM dbmigrate.version ORDER BY revision");
}

std::string stopped(TestDatabase& database, const Project& project) {
  const auto error = error_of([&] { upgrade(database, project); });
  CHECK(error.code == ErrorCode::expectation_failed);
  CHECK(error.message == "the database has part of what main@000_documents makes");
  CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "0");
  return error.detail;
}

}  // namespace

TEST_CASE("a baseline runs where nothing of it is there", "[executor]") {
  TestDatabase database;
  const BaselineProject project;
  project.write_catalog();
  upgrade(database, project);
  CHECK(states(database) == "000_documents|applied\n001_more|applied");
}

TEST_CASE("a baseline is adopted where all of it is there, whatever else there is", "[executor]") {
  TestDatabase database;
  const BaselineProject project;
  project.write_catalog();
  database.run(
      "CREATE TABLE documents (path text, own text, id uuid PRIMARY KEY, size integer);"
      "INSERT INTO documents VALUES ('/a', 'kept', '00000000-0000-0000-0000-000000000001', 1);"
      "CREATE INDEX documents_path ON documents (path); CREATE INDEX own_index ON documents (own);"
      "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';"
      "CREATE TRIGGER own_trigger BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION touch();"
      "CREATE POLICY own_policy ON documents USING (true); GRANT SELECT ON documents TO PUBLIC;"
      "COMMENT ON TABLE documents IS 'ours'");
  RecordingObserver observer;
  const auto outcome = upgrade(database, project, "head", &observer);
  CHECK(states(database) == "000_documents|adopted\n001_more|applied");
  REQUIRE(outcome.revisions.size() == 2);
  CHECK(outcome.revisions[0].state == "adopted");
  CHECK(database.ask("SELECT to_state FROM dbmigrate.history WHERE revision = '000_documents'") == "adopted");

  SECTION("what is more or otherwise is told") {
    const auto adopted = observer.all<RevisionAdopted>();
    REQUIRE(adopted.size() == 1);
    const auto told = review_text(adopted[0].tolerated);
    for (const auto* const what :
         {"column public.documents.own", "index public.own_index", "trigger public.documents.own_trigger",
          "policy public.documents.own_policy", "nullability: NOT NULL → (none)", "default: gen_random_uuid() → (none)",
          "comment: (none) → ours"}) {
      INFO(told);
      CHECK(told.find(what) != std::string::npos);
    }
  }
  SECTION("the missing extension is created and recorded") {
    CHECK(database.ask("SELECT created_extensions FROM dbmigrate.version WHERE state = 'adopted'") == "{pgcrypto}");
    CHECK(database.ask("SELECT count(*) FROM pg_extension WHERE extname = 'pgcrypto'") == "1");
  }
  SECTION("its downgrade takes the row away and nothing else") {
    downgrade(database, project, "base");
    CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "0");
    CHECK(database.ask("SELECT own FROM documents") == "kept");
  }
}

TEST_CASE("an extension in another schema does not stand against adopting", "[executor]") {
  TestDatabase database;
  const BaselineProject project;
  project.write_catalog();
  database.run("CREATE SCHEMA tools; CREATE EXTENSION pgcrypto SCHEMA tools");
  database.run(kDocuments);
  upgrade(database, project);
  CHECK(states(database) == "000_documents|adopted\n001_more|applied");
}

TEST_CASE("a baseline of which part is there stops with the difference and changes nothing", "[executor]") {
  TestDatabase database;
  const BaselineProject project;
  project.write_catalog();
  SECTION("a column is missing") {
    database.run(kDocuments);
    database.run("ALTER TABLE documents DROP COLUMN size");
    CHECK(stopped(database, project) == "missing    column public.documents.size: integer");
  }
  SECTION("a column has another type") {
    database.run(kDocuments);
    database.run("ALTER TABLE documents ALTER size TYPE bigint");
    CHECK(stopped(database, project) == "changed    column public.documents.size\n    type: integer → bigint");
  }
  SECTION("the key is missing") {
    database.run(kDocuments);
    database.run("ALTER TABLE documents DROP CONSTRAINT documents_pkey");
    CHECK(stopped(database, project) == "missing    constraint public.documents.documents_pkey: PRIMARY KEY (id)");
  }
  SECTION("the index is missing") {
    database.run(kDocuments);
    database.run("DROP INDEX documents_path");
    CHECK(stopped(database, project).find("missing    index public.documents_path") == 0);
  }
  SECTION("only the function is there") {
    database.run("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
    CHECK(stopped(database, project).find("missing    table public.documents (with 3 columns") == 0);
  }
  CHECK(database.ask("SELECT count(*) FROM information_schema.columns WHERE column_name = 'more'") == "0");
}

TEST_CASE("without a catalog file a baseline runs only where none of its tables exist", "[executor]") {
  TestDatabase database;
  const BaselineProject project;
  SECTION("none") {
    upgrade(database, project);
    CHECK(states(database) == "000_documents|applied\n001_more|applied");
  }
  SECTION("some") {
    database.run("CREATE TABLE documents (id integer)");
    const auto error = error_of([&] { upgrade(database, project); });
    CHECK(error.code == ErrorCode::expectation_failed);
    CHECK(error.hint.find("dbmigrate catalog") != std::string::npos);
  }
}

TEST_CASE("a catalog file of another text is not gone by", "[executor]") {
  TestDatabase database;
  const BaselineProject project;
  project.write_catalog();
  project.write("up.sql", std::string(kDocuments) + "CREATE TABLE another (id integer);");
  database.run(kDocuments);
  CHECK(error_of([&] { upgrade(database, project); }).message == "the catalog file of main@000_documents is stale");
}

TEST_CASE("adopting joins a run in one transaction", "[executor]") {
  TestDatabase database;
  const BaselineProject project;
  project.write_catalog();
  database.run(kDocuments);
  auto options = options_for(database);
  options.single_transaction = true;
  SECTION("all of it") {
    upgrade(database, project, "head", nullptr, &options);
    CHECK(states(database) == "000_documents|adopted\n001_more|applied");
  }
  SECTION("or nothing") {
    project.write("001_more.up.sql", "ALTER TABLE documents ADD COLUMN more nosuchtype;");
    CHECK(error_of([&] { upgrade(database, project, "head", nullptr, &options); }).sqlstate == "42704");
    CHECK(database.ask("SELECT count(*) FROM dbmigrate.version") == "0");
  }
}

}  // namespace dbmigrate::tests
