// Revisions in plain SQL: pairs, sections, settings in comments.
// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "unit/descriptor/support.hpp"

using namespace dbmigrate;
using namespace dbmigrate::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE("a pair of files is a revision", "[descriptor]") {
  const WrittenFiles folder{{"001_users.up.sql", "CREATE TABLE users ();\n"},
                            {"001_users.down.sql", "DROP TABLE users;\n"}};
  const auto set = MigrationDirectory(folder.path()).load();
  REQUIRE(set.migrations.size() == 1);
  const auto& migration = set.migrations.front();
  CHECK(migration.id == RevisionId{"main", "001_users"});
  CHECK(migration.parents.empty());
  CHECK_FALSE(migration.parents_declared);
  CHECK(migration.transaction == TransactionMode::revision);
  REQUIRE(migration.up.size() == 1);
  CHECK(migration.up[0].sql()->text == "CREATE TABLE users ();\n");
  CHECK(migration.up[0].sql()->file == folder / "001_users.up.sql");
  CHECK(migration.up[0].sql()->first_line == 1);
  CHECK(migration.down.at(0).sql()->text == "DROP TABLE users;\n");
  CHECK(migration.file == folder / "001_users.up.sql");
  CHECK(migration.files == std::vector{folder / "001_users.up.sql", folder / "001_users.down.sql"});
  CHECK(migration.checksum.hex().size() == 64);
}

TEST_CASE("one file holds both directions in sections", "[descriptor]") {
  const auto migration =
      only({{"a.sql",
             "-- The first.\n-- dbmigrate: transaction=step\n\n-- dbmigrate:up\n-- dbmigrate: hold=wait\n"
             "CREATE TABLE a ();\n-- dbmigrate:down\n-- dbmigrate: transaction=none\nDROP TABLE a;\n"}});
  CHECK(migration.hold == "wait");
  CHECK(migration.up.at(0).transaction == TransactionMode::step);
  CHECK(migration.up.at(0).sql()->text == "-- dbmigrate: hold=wait\nCREATE TABLE a ();\n");
  CHECK(migration.up.at(0).sql()->first_line == 5);
  CHECK(migration.down.at(0).transaction == TransactionMode::none);
  CHECK(migration.down.at(0).sql()->text == "-- dbmigrate: transaction=none\nDROP TABLE a;\n");
  CHECK(migration.down.at(0).sql()->first_line == 8);
}

TEST_CASE("settings stand in leading comments", "[descriptor]") {
  const auto migration = only({{"b.up.sql",
                                "/* about /* b */ */\n"
                                "-- dbmigrate: transaction=none\n--dbmigrate:down_revision = a1, a2\r\n"
                                "-- dbmigrate: depends_on=other@001, third@x\n-- dbmigrate: description=Adds b = c\n"
                                "-- dbmigrate: kind=data\n-- dbmigrate: adopts=true\n-- dbmigrate: hold=deploy first\n"
                                "-- dbmigrate: lock_timeout=500ms\n-- dbmigrate: statement_timeout=0\n"
                                "-- dbmigrate: irreversible=rows are gone\n"
                                "-- dbmigrate: allow drop-table nobody reads it\nDROP TABLE b;\n"}});
  CHECK(migration.transaction == TransactionMode::none);
  CHECK(migration.up.at(0).transaction == TransactionMode::none);
  CHECK(migration.parents_declared);
  CHECK(migration.parents == std::vector<std::string>{"a1", "a2"});
  CHECK(migration.depends_on == std::vector<RevisionId>{{"other", "001"}, {"third", "x"}});
  CHECK(migration.description == "Adds b = c");
  CHECK(migration.kind == Kind::data);
  CHECK(migration.adopts);
  CHECK(migration.hold == "deploy first");
  CHECK(migration.lock_timeout == 500ms);
  CHECK(migration.statement_timeout == 0ms);
  CHECK(migration.irreversible == "rows are gone");
  CHECK(migration.down.empty());
}

TEST_CASE("down_revision=null makes a base", "[descriptor]") {
  const auto set = loaded({{"a.up.sql", "SELECT 1"},
                           {"a.down.sql", "SELECT 1"},
                           {"b.up.sql", "-- dbmigrate: down_revision=null\nSELECT 1"},
                           {"b.down.sql", "SELECT 1"}});
  CHECK(set.migrations.at(1).parents.empty());
  CHECK(set.migrations.at(1).parents_declared);
}

TEST_CASE("a byte-order mark and CRLF are normalised away", "[descriptor]") {
  const auto migration =
      only({{"a.up.sql", "\xEF\xBB\xBF-- dbmigrate: hold=x\r\nSELECT '\r';\r\n"}, {"a.down.sql", "SELECT 1"}});
  CHECK(migration.up.at(0).sql()->text == "-- dbmigrate: hold=x\nSELECT '\r';\n");
  CHECK(migration.hold == "x");
}

TEST_CASE("prose about dbmigrate is a comment", "[descriptor]") {
  const auto migration =
      only({{"a.up.sql", "-- dbmigrate is run by hand; see dbmigrate: the manual\nSELECT '-- dbmigrate';"},
            {"a.down.sql", "SELECT 1"}});
  CHECK(migration.up.at(0).sql()->first_line == 1);
}

TEST_CASE("a malformed SQL file is refused where it is wrong", "[descriptor]") {
  const auto up = [](std::string_view text) { return said({{"a.up.sql", text}, {"a.down.sql", "SELECT 1"}}); };
  CHECK(up("") == "a.up.sql:1: the up has no statement");
  CHECK(up("-- nothing\n/* at all */ ;;\n") == "a.up.sql:1: the up has no statement");
  CHECK(up("SELECT 1;\nSELECT 'é\xFF';") == "a.up.sql:2:10: a.up.sql is not UTF-8");
  CHECK(up("SELECT 1;\n \0"s) == "a.up.sql:2:2: a.up.sql contains a NUL byte");
  CHECK(up("\xFF\xFES\0E\0"s) == "a.up.sql:1:1: a.up.sql is not UTF-8");
  CHECK(up("-- dbmigrate: transction=none\nSELECT 1") == "a.up.sql:1:15: unknown key \"transction\"");
  CHECK(up("-- dbmigrate: transaction=nonne\nSELECT 1") ==
        "a.up.sql:1:27: transaction must be one of \"revision\", \"step\", \"none\"");
  CHECK(up("-- dbmigrate: transaction=\nSELECT 1") == "a.up.sql:1:15: the setting transaction has no value");
  CHECK(up("-- dbmigrate: =none\nSELECT 1") == "a.up.sql:1:15: a setting has no name");
  CHECK(up("-- dbmigrate: hold=a\n-- dbmigrate: hold=b\nSELECT 1") == "a.up.sql:2:15: duplicate setting hold");
  CHECK(up("SELECT 1;\n-- dbmigrate: hold=a\n") == "a.up.sql:2:15: the setting hold stands behind the first statement");
  CHECK(up("/*\n-- dbmigrate: hold=a\n*/\nSELECT 1") ==
        "a.up.sql:2:15: the setting hold stands inside a block comment");
  CHECK(up("-- dbmigrate transaction=none\nSELECT 1") == "a.up.sql:1:4: a dbmigrate line lacks its colon");
  CHECK(up("-- dbmigrate: alow x y\nSELECT 1") == "a.up.sql:1:15: unknown dbmigrate line \"alow x y\"");
  CHECK(up("-- dbmigrate:\nSELECT 1") == "a.up.sql:1:1: a dbmigrate line says nothing");
  CHECK(up("SELECT 1;\n-- dbmigrate: allow\nSELECT 2") == "a.up.sql:2:15: allow names no rule");
  CHECK(up("SELECT 1;\n-- dbmigrate: allow drop-table \nSELECT 2") == "a.up.sql:2:15: allow gives no reason");
  CHECK(up("-- dbmigrate:up\nSELECT 1") == "a.up.sql:1:1: a section -- dbmigrate:up where there are no sections");
  CHECK(up("-- dbmigrate: lock_timeout=5\nSELECT 1") == "a.up.sql:1:28: lock_timeout must be a duration");
  CHECK(up("-- dbmigrate: kind=baseline\n-- dbmigrate: adopts=false\nSELECT 1") ==
        "a.up.sql:2:22: a baseline always adopts");
  CHECK(up("-- dbmigrate: adopts=yes\nSELECT 1") == "a.up.sql:1:22: adopts must be true or false");
  CHECK(up("-- dbmigrate: down_revision=a@b\nSELECT 1") == "a.up.sql:1:29: \"a@b\" is no revision of this branch");
  CHECK(up("-- dbmigrate: down_revision=a, a\nSELECT 1") == "a.up.sql:1:29: parent a is named twice");
  CHECK(up("-- dbmigrate: depends_on=001\nSELECT 1") == "a.up.sql:1:26: dependency \"001\" names no branch");
  CHECK(up("-- dbmigrate: depends_on=main@1\nSELECT 1") ==
        "a.up.sql:1:26: dependency \"main@1\" is in the same branch");
  CHECK(up("-- dbmigrate: depends_on=x@\nSELECT 1") == "a.up.sql:1:26: \"x@\" is no revision");
  CHECK(up("-- dbmigrate: irreversible=x\nSELECT 1") == "a.up.sql: revision a is irreversible and has a down");
}

TEST_CASE("a down is there, or the reason why not", "[descriptor]") {
  const auto alone = refusal({{"a.up.sql", "SELECT 1"}});
  CHECK(line_of(alone) == "a.up.sql: revision a has no down");
  CHECK(alone.hint ==
        "Add the SQL that takes it back, or the line -- dbmigrate: irreversible=REASON at the top of the up.");
  CHECK(said({{"a.down.sql", "SELECT 1"}}) == "a.down.sql: a.down.sql is a down without an up");
  CHECK(said({{"a.up.sql", "SELECT 1"}, {"a.down.sql", "-- later\n"}}) == "a.down.sql:1: the down has no statement");
  CHECK(said({{"a.up.sql", "SELECT 1"}, {"a.down.sql", "-- dbmigrate: hold=x\nSELECT 1"}}) ==
        "a.down.sql:1:15: unknown key \"hold\"");
}

TEST_CASE("malformed sections are refused", "[descriptor]") {
  CHECK(said({{"a.sql", "SELECT 1"}}) == "a.sql: a.sql has no line -- dbmigrate:up");
  CHECK(said({{"a.sql", "-- dbmigrate:up\nSELECT 1"}}) == "a.sql: revision a has no down");
  CHECK(said({{"a.sql", "\n-- dbmigrate:down\nSELECT 1"}}) == "a.sql:2:1: there is no section -- dbmigrate:up");
  CHECK(said({{"a.sql", "-- dbmigrate:up\nSELECT 1;\n-- dbmigrate:up\nSELECT 1"}}) ==
        "a.sql:3:1: a second section -- dbmigrate:up");
  CHECK(said({{"a.sql", "-- x\n  SELECT 1;\n-- dbmigrate:up\nSELECT 1"}}) ==
        "a.sql:2:3: SQL stands above the first section");
  CHECK(said({{"a.sql", "-- dbmigrate:up\n-- dbmigrate:down\nSELECT 1"}}) == "a.sql:2: the up has no statement");
  CHECK(
      said({{"a.sql",
             "-- dbmigrate: hold=a\n-- dbmigrate:up\n-- dbmigrate: hold=a\nSELECT 1;\n-- dbmigrate:down\nSELECT 1"}}) ==
      "a.sql:3:15: duplicate setting hold");
}
