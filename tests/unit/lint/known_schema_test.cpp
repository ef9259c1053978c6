// What is known of a schema after a script, and from catalogs.
// SPDX-License-Identifier: Apache-2.0
#include "lint/known_schema.hpp"

#include <string>

#include "lint/schema_of_catalog.hpp"
#include "sql/analysis.hpp"
#include "sql/script.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;

namespace {

KnownSchema after(const std::string& sql) {
  KnownSchema schema;
  const auto script = sql::split(sql, "test");
  for (const auto& one : script.statements) {
    for (const auto& action : sql::analysis_of(script.text_of(one)).actions) schema.apply(action);
  }
  return schema;
}

const ObjectName kT{"", "t"};

}  // namespace

TEST_CASE("a schema is what its statements leave", "[lint]") {
  SECTION("names that PostgreSQL chooses") {
    const auto schema = after("CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int REFERENCES u CHECK (b > 0))");
    const auto* const table = schema.relation(kT);
    REQUIRE(table != nullptr);
    for (const auto* const name : {"t_pkey", "t_a_key", "t_b_fkey", "t_b_check"}) {
      INFO(name);
      CHECK(table->constraint(name) != nullptr);
    }
    CHECK(schema.index({"", "t_pkey"}).first == table);
  }
  SECTION("columns, their types and whether they may be NULL") {
    const auto schema = after(
        "CREATE TABLE t (a varchar(5)); ALTER TABLE t ALTER a TYPE text, ADD b int NOT NULL, ADD x int;"
        "ALTER TABLE t RENAME COLUMN b TO d; ALTER TABLE t DROP COLUMN x");
    const auto* const table = schema.relation(kT);
    REQUIRE(table != nullptr);
    REQUIRE(table->columns.size() == 2);
    CHECK(table->column("a")->type.text() == "text");
    CHECK(table->column("d")->not_null);
  }
  SECTION("a table that is renamed keeps what refers to it") {
    const auto schema =
        after("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int REFERENCES p); ALTER TABLE p RENAME TO q");
    CHECK(schema.relation({"", "p"}) == nullptr);
    CHECK(schema.references_to({"", "q"}).size() == 1);
  }
  SECTION("an index behind a constraint takes the constraint's name") {
    const auto schema = after(
        "CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i");
    CHECK(schema.index({"", "i"}).second == nullptr);
    CHECK(schema.index({"", "k"}).second != nullptr);
  }
}

TEST_CASE("a catalog tells the same as the statements that made it", "[lint]") {
  Snapshot snapshot;
  const auto add = [&](ObjectKind kind, const std::string& identity, Properties properties) {
    snapshot.objects[{kind, identity}] = std::move(properties);
  };
  add(ObjectKind::type, "public.positive", {{"form", "domain"}, {"type", "integer"}});
  add(ObjectKind::table, "public.t", {});
  add(ObjectKind::table, "public.\"My parent\"", {{"partition by", "RANGE (a)"}});
  add(ObjectKind::table, "public.part", {{"partition of", "public.\"My parent\""}, {"bound", "DEFAULT"}});
  add(ObjectKind::column, "public.t.a", {{"type", "character varying(50)"}, {"nullability", "NOT NULL"}});
  add(ObjectKind::column, "public.t.b", {{"type", "public.positive"}});
  add(ObjectKind::constraint, "public.positive.positive_check", {{"expression", "CHECK ((VALUE > 0))"}});
  add(ObjectKind::constraint, "public.t.t_pkey", {{"definition", "PRIMARY KEY (a)"}, {"form", "primary key"}});
  add(ObjectKind::constraint, "public.t.there",
      {{"expression", "CHECK ((b IS NOT NULL))"}, {"state", "not validated"}});
  add(ObjectKind::index, "public.t_b",
      {{"table", "public.t"}, {"definition", "CREATE INDEX t_b ON public.t USING btree (b)"}});
  add(ObjectKind::view, "public.v", {{"reads", "public.t, public.\"My parent\""}});
  add(ObjectKind::function, "public.f(integer)", {{"volatility", "stable"}});
  auto schema = schema_of(snapshot);

  const auto* const table = schema.relation(kT);
  REQUIRE(table != nullptr);
  CHECK(table->age == Age::old);
  CHECK(table->column("a")->type.text() == "varchar(50)");
  CHECK(table->column("a")->not_null);
  CHECK(schema.index({"", "t_b"}).first == table);
  CHECK(schema.is_constrained_domain(table->column("b")->type));
  CHECK_FALSE(table->proves_not_null("b"));
  CHECK(schema.descendants_of({"", "My parent"}).size() == 1);
  CHECK(schema.relation({"", "part"})->default_partition);
  CHECK(schema.readers_of(kT).size() == 1);
  CHECK(schema.function({"", "f"})->volatility == sql::Volatility::stable);

  SECTION("and a catalog file changes it as its revision does") {
    CatalogFile file;
    file.changes = {{{ObjectKind::constraint, "public.t.there"}, {{"state", "not validated", std::nullopt}}},
                    {{ObjectKind::column, "public.t.a"}, {{"type", "character varying(50)", "text"}}}};
    file.drops = {{ObjectKind::index, "public.t_b"}, {ObjectKind::view, "public.v"}};
    apply(file, schema);
    CHECK(schema.relation(kT)->proves_not_null("b"));
    CHECK(schema.relation(kT)->column("a")->type.text() == "text");
    CHECK(schema.index({"", "t_b"}).second == nullptr);
    CHECK(schema.readers_of(kT).empty());
  }
}
