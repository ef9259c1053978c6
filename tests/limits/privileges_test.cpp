// One privilege missing at a time: what is said, that nothing changed, and that granting it is all it takes.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "limits/lab.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace dbmigrate::limits;

namespace {

/// A database of which the role `app` may do what a migration needs, with one revision applied by it.
class Guarded {
 public:
  Guarded() : admin(new_database(shared_server())), name(ask(admin, "SELECT current_database()")) {
    sql(admin,
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') THEN CREATE ROLE app LOGIN;"
        " CREATE ROLE other NOLOGIN; END IF; END $$");
    sql(admin, fmt::format("REVOKE ALL ON SCHEMA public FROM public; GRANT USAGE, CREATE ON SCHEMA public TO app;"
                           "GRANT CREATE ON DATABASE {} TO app",
                           name));
    lab.url = shared_server().url(name, "app");
  }
  void begin() const {
    lab.migration("001_base", "CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t VALUES (1), (2);\n",
                  "DROP TABLE t;\n");
    const auto begun = lab.run({"upgrade"});
    if (begun.exit != 0) throw std::runtime_error(begun.out + begun.err);
    lab.migration("002_more", "CREATE TABLE more (id int);\n" + effect("002"), "DROP TABLE more;\n");
  }

  std::string admin;
  std::string name;
  Lab lab;
};

void check_refused(const Outcome& outcome, std::string_view object) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.exit == 10);
  CHECK(outcome.error("code") == "missing_privilege");
  CHECK(outcome.says(object));
  CHECK(outcome.error("hint") != "");
}

struct Case {
  std::string take;  ///< SQL of an administrator
  std::string give;
  std::string named;  ///< by the error
};

void check_cases(const std::vector<Case>& cases) {
  Guarded guarded;
  guarded.begin();
  const auto before = picture(guarded.admin);
  for (const auto& one : cases) {
    INFO(one.take);
    sql(guarded.admin, one.take);
    check_refused(guarded.lab.run({"upgrade"}), one.named);
    sql(guarded.admin, one.give);
    CHECK(difference_from(before, guarded.admin) == "");
  }
  const auto done = guarded.lab.run({"upgrade"});
  INFO(done.out << done.err);
  CHECK(done.exit == 0);
  CHECK(ask(guarded.admin, "SELECT count(*) FROM effects.effects") == "1");
}

Case on_table(const std::string& table, const std::string& privilege) {
  return {.take = fmt::format("REVOKE {} ON dbmigrate.{} FROM app", privilege, table),
          .give = fmt::format("GRANT {} ON dbmigrate.{} TO app", privilege, table),
          .named = table};
}

}  // namespace

TEST_CASE("each privilege on each table of the version schema is asked for before anything is changed",
          "[privileges]") {
  std::vector<Case> cases;
  for (const auto* table : {"version", "backfill", "backfill_failure"}) {
    for (const auto* privilege : {"SELECT", "INSERT", "UPDATE", "DELETE"}) cases.push_back(on_table(table, privilege));
  }
  for (const auto* privilege : {"SELECT", "UPDATE"}) cases.push_back(on_table("control", privilege));
  for (const auto* privilege : {"SELECT", "INSERT"}) cases.push_back(on_table("history", privilege));
  cases.push_back({"REVOKE USAGE ON SCHEMA dbmigrate FROM app", "GRANT USAGE ON SCHEMA dbmigrate TO app", "dbmigrate"});
  check_cases(cases);
}

TEST_CASE("what a migration's own SQL may not do is said, and nothing of it remains", "[privileges]") {
  check_cases(
      {{"REVOKE CREATE ON SCHEMA public FROM app", "GRANT CREATE ON SCHEMA public TO app", "public"},
       {"REVOKE USAGE ON SCHEMA effects FROM public", "GRANT USAGE ON SCHEMA effects TO public", "effects"},
       {"REVOKE INSERT ON effects.effects FROM public", "GRANT INSERT ON effects.effects TO public", "effects"}});
}

TEST_CASE("a database that the user may not enter, or make a schema in, is refused with the grant that helps",
          "[privileges]") {
  Guarded guarded;
  guarded.lab.migration("001_base", "CREATE TABLE t (id int);\n");
  const auto before = picture(guarded.admin);
  SECTION("CONNECT") {
    sql(guarded.admin, fmt::format("REVOKE CONNECT ON DATABASE {} FROM public", guarded.name));
    for (const auto* command : {"upgrade", "status"}) {
      const auto refused = guarded.lab.run({command});
      check_refused(refused, guarded.name);
      CHECK(refused.error("sqlstate") == "42501");
      CHECK(refused.hints("GRANT CONNECT"));
    }
    CHECK(difference_from(before, guarded.admin) == "");
    sql(guarded.admin, fmt::format("GRANT CONNECT ON DATABASE {} TO app", guarded.name));
  }
  SECTION("CREATE") {
    sql(guarded.admin, fmt::format("REVOKE CREATE ON DATABASE {} FROM app", guarded.name));
    const auto refused = guarded.lab.run({"upgrade"});
    check_refused(refused, guarded.name);
    CHECK(refused.hints("--version-schema"));
    CHECK(difference_from(before, guarded.admin) == "");
    CHECK(guarded.lab.run({"status"}).exit == 0);
    // The other way out that the hint names.
    sql(guarded.admin, "CREATE SCHEMA versions AUTHORIZATION app");
    CHECK(guarded.lab.run({"upgrade", "--version-schema", "versions"}).exit == 0);
    return;
  }
  SECTION("CREATE in a version schema that is there") {
    sql(guarded.admin, "CREATE SCHEMA dbmigrate; GRANT USAGE ON SCHEMA dbmigrate TO app");
    check_refused(guarded.lab.run({"upgrade"}), "dbmigrate");
    sql(guarded.admin, "GRANT CREATE ON SCHEMA dbmigrate TO app");
  }
  const auto done = guarded.lab.run({"upgrade"});
  INFO(done.out << done.err);
  CHECK(done.exit == 0);
}

TEST_CASE("somebody else's table may not be altered", "[privileges]") {
  Guarded guarded;
  guarded.begin();
  sql(guarded.admin, "CREATE TABLE theirs (id int)");
  guarded.lab.migration("003_theirs", effect("003") + "ALTER TABLE theirs ADD COLUMN x int;\n");
  const auto refused = guarded.lab.run({"upgrade"});
  check_refused(refused, "theirs");
  CHECK(refused.document["error"]["line"] == 2);
  CHECK(refused.revisions() == "main@002_more applied");
  CHECK(ask(guarded.admin, "SELECT string_agg(what, ',') FROM effects.effects") == "002");
  sql(guarded.admin, "ALTER TABLE theirs OWNER TO app");
  CHECK(guarded.lab.run({"upgrade"}).exit == 0);
  CHECK(ask(guarded.admin, "SELECT string_agg(what, ',' ORDER BY what) FROM effects.effects") == "002,003");
}

TEST_CASE("a step outside a transaction without its privilege stops part-way and goes on with it", "[privileges]") {
  Guarded guarded;
  guarded.begin();
  sql(guarded.admin, "CREATE TABLE theirs (id int)");
  guarded.lab.migration("003_theirs", "-- dbmigrate: transaction=none\n" + effect("003") +
                                          "CREATE INDEX CONCURRENTLY ix ON theirs (id);\n");
  const auto stopped = guarded.lab.run({"upgrade"});
  INFO(stopped.out << stopped.err);
  CHECK(stopped.exit == 9);
  CHECK(stopped.error("code") == "part_way");
  CHECK(stopped.error("sqlstate") == "42501");
  CHECK(stopped.error("detail").find("1 of 2 steps") != std::string::npos);
  sql(guarded.admin, "ALTER TABLE theirs OWNER TO app");
  CHECK(guarded.lab.run({"upgrade"}).exit == 0);
  CHECK(ask(guarded.admin, "SELECT string_agg(what, ',' ORDER BY what) FROM effects.effects") == "002,003");
}

TEST_CASE("a backfill that may not write its table stops before a row is put aside", "[privileges]") {
  Guarded guarded;
  guarded.begin();
  sql(guarded.admin,
      "CREATE TABLE theirs (id int PRIMARY KEY, x int); INSERT INTO theirs SELECT generate_series(1, 9);"
      "GRANT SELECT ON theirs TO app");
  guarded.lab.write("migrations/003_theirs.yaml",
                    "revision: 003_theirs\nup:\n  - backfill:\n      name: theirs\n      table: theirs\n      key: id\n"
                    "      where: x IS NULL\n      sql: UPDATE theirs SET x = 1 FROM batch WHERE theirs.id = batch.id\n"
                    "irreversible: for good\n");
  const auto stopped = guarded.lab.run({"upgrade"});
  INFO(stopped.out << stopped.err);
  CHECK(stopped.exit == 9);
  CHECK(stopped.error("sqlstate") == "42501");
  CHECK(stopped.says("theirs"));
  CHECK(ask(guarded.admin, "SELECT count(*) FROM dbmigrate.backfill_failure") == "0");
  sql(guarded.admin, "GRANT UPDATE ON theirs TO app");
  CHECK(guarded.lab.run({"upgrade"}).exit == 0);
  CHECK(ask(guarded.admin, "SELECT sum(x) FROM theirs") == "9");
}

TEST_CASE("an extension that takes a superuser is refused with the server's reason", "[privileges]") {
  Guarded guarded;
  const auto extension = ask(guarded.admin,
                             "SELECT name FROM pg_available_extension_versions WHERE superuser AND NOT"
                             " trusted AND requires IS NULL ORDER BY name LIMIT 1");
  if (extension.empty()) {
    WARN("skipped: this server has no extension for superusers");
    return;
  }
  guarded.lab.migration("001_extension", effect("001") + fmt::format("CREATE EXTENSION \"{}\";\n", extension));
  const auto refused = guarded.lab.run({"upgrade"});
  check_refused(refused, extension);
  CHECK(ask(guarded.admin, "SELECT count(*) FROM effects.effects") == "0");
  sql(guarded.admin, fmt::format("CREATE EXTENSION \"{}\"", extension));
  guarded.lab.migration("001_extension",
                        effect("001") + fmt::format("CREATE EXTENSION IF NOT EXISTS \"{}\";\n", extension));
  CHECK(guarded.lab.run({"upgrade"}).exit == 0);
}

TEST_CASE("a role that may not be taken on is refused before anything is read or changed", "[privileges]") {
  Guarded guarded;
  guarded.lab.migration("001_base", "CREATE TABLE t (id int);\n");
  // An environment's role goes with the environment's address.
  const auto url = std::exchange(guarded.lab.url, "");
  const auto as_role = [&](const std::string& role) {
    guarded.lab.write("dbmigrate.yaml", "default_environment: here\nenvironments:\n  here:\n    url: \"" + url +
                                            "\"\n    role: " + role + "\n");
  };
  const auto before = picture(guarded.admin);
  for (const auto* role : {"other", "nobody_by_that_name"}) {
    as_role(role);
    for (const auto* command : {"upgrade", "status"}) {
      const auto refused = guarded.lab.run({command});
      check_refused(refused, role);
      CHECK(refused.hints("role"));
    }
  }
  CHECK(difference_from(before, guarded.admin) == "");
  as_role("other");
  sql(guarded.admin,
      fmt::format("GRANT other TO app; GRANT CREATE ON DATABASE {} TO other; GRANT CREATE, USAGE ON SCHEMA"
                  " public TO other",
                  guarded.name));
  const auto done = guarded.lab.run({"upgrade"});
  INFO(done.out << done.err);
  CHECK(done.exit == 0);
  CHECK(ask(guarded.admin, "SELECT tableowner FROM pg_tables WHERE tablename = 't'") == "other");
  sql(guarded.admin, "REVOKE other FROM app");
}

TEST_CASE("reading without the right to read says so", "[privileges]") {
  Guarded guarded;
  guarded.begin();
  sql(guarded.admin, "REVOKE USAGE ON SCHEMA dbmigrate FROM app");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"status"}, {"current"}, {"history", "--log"}, {"backfill", "status"}}) {
    INFO(words.front());
    check_refused(guarded.lab.run(words), "dbmigrate");
  }
}

TEST_CASE("a role that may not know who the server is migrates all the same", "[privileges]") {
  Guarded guarded;
  guarded.lab.migration("001_base", "CREATE TABLE t (id int);\n");
  sql(guarded.admin, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public");
  const auto done = guarded.lab.run({"upgrade"});
  INFO(done.out << done.err);
  CHECK(done.exit == 0);
}
