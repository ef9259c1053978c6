// What two catalogs differ in, and how it reads.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/difference.hpp"

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

Objects users() {
  return {{{ObjectKind::table, "public.users"}, {}},
          {{ObjectKind::column, "public.users.id"}, {{"type", "integer"}, {"nullability", "NOT NULL"}}},
          {{ObjectKind::view, "public.v"}, {{"expression", " SELECT 1;\n SELECT 2;"}}}};
}

}  // namespace

TEST_CASE("equal catalogs have no differences", "[catalog]") { CHECK(compare(users(), users()).empty()); }

TEST_CASE("a changed property is named with what it was and is", "[catalog]") {
  auto after = users();
  after[{ObjectKind::column, "public.users.id"}] = {{"type", "bigint"}, {"default", "1"}, {"nullability", "NOT NULL"}};
  const auto differences = compare(users(), after);
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].changes ==
        std::vector<PropertyChange>{{"default", std::nullopt, "1"}, {"type", "integer", "bigint"}});
  CHECK(review_text(differences) ==
        "changed    column public.users.id\n    default: (none) → 1\n    type: integer → bigint");
}

TEST_CASE("texts of several lines are compared line by line", "[catalog]") {
  auto after = users();
  after[{ObjectKind::view, "public.v"}] = {{"expression", " SELECT 1;\n SELECT 3;"}};
  CHECK(review_text(compare(users(), after)) ==
        "changed    view public.v\n    expression:\n    @@ -1,2 +1,2 @@\n      SELECT 1;\n    - SELECT 2;\n    + "
        "SELECT 3;");
}

TEST_CASE("the parts of a relation that is missing are counted, not listed", "[catalog]") {
  const auto text = review_text(compare(users(), {}));
  CHECK(text == "missing    table public.users (with 1 column)\nmissing    view public.v");
}

TEST_CASE("what is on one side only is missing or unexpected, in the order of kinds", "[catalog]") {
  const Objects before{{{ObjectKind::table, "public.z"}, {}}};
  const Objects after{{{ObjectKind::schema, "app"}, {}}};
  const auto differences = compare(before, after);
  REQUIRE(differences.size() == 2);
  CHECK(differences[0].kind == Difference::Kind::unexpected);
  CHECK(differences[1].kind == Difference::Kind::missing);
}

TEST_CASE("identities are taken apart at the dots that no quotes hide", "[catalog]") {
  CHECK(owner_relation({{ObjectKind::column, "public.\"a.b\".\"c.d\""}, {}}) == "public.\"a.b\"");
  CHECK(owner_relation({{ObjectKind::index, "public.i"}, {{"table", "public.t"}}}) == "public.t");
  CHECK(owner_relation({{ObjectKind::function, "public.f(app.t)"}, {}}).empty());
  CHECK(schema_of({ObjectKind::function, "\"my.app\".f(app.t)"}) == "\"my.app\"");
  CHECK(schema_of({ObjectKind::extension, "pgcrypto"}).empty());
}

}  // namespace dbmigrate
