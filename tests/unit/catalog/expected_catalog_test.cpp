// Files folded into an expectation, and live catalogs held against it.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/expected_catalog.hpp"

#include <utility>

#include "catalog/adoption.hpp"
#include "support/catch.hpp"

namespace dbmigrate {
namespace {

CatalogFile first() {
  CatalogFile file;
  file.id = {"main", "001"};
  file.server_major = 15;
  file.adds = {{{ObjectKind::extension, "pgcrypto"}, {}},
               {{ObjectKind::table, "public.t"}, {}},
               {{ObjectKind::column, "public.t.id"}, {{"type", "uuid"}, {"default", "gen_random_uuid()"}}},
               {{ObjectKind::column, "public.t.name"}, {{"type", "text"}, {"nullability", "NOT NULL"}}},
               {{ObjectKind::index, "public.i"}, {{"definition", "ON (name)"}, {"table", "public.t"}}}};
  return file;
}

/// What first() leaves behind, as it is read.
Snapshot live() {
  Snapshot snapshot{.server_major = 15, .objects = {}};
  for (const auto& object : first().adds) snapshot.objects.emplace(object.key, object.properties);
  snapshot.objects[{ObjectKind::column, "public.t.id"}]["position"] = "1";
  snapshot.objects[{ObjectKind::column, "public.t.name"}]["position"] = "2";
  snapshot.objects[{ObjectKind::table, "public.t"}]["owner"] = "somebody";
  snapshot.objects[{ObjectKind::extension, "pgcrypto"}]["version"] = "1.3";
  return snapshot;
}

ExpectedCatalog expected(Origin origin = Origin::ran) {
  ExpectedCatalog catalog;
  catalog.add(first(), origin);
  return catalog;
}

}  // namespace

TEST_CASE("what is as expected has no differences", "[catalog]") {
  const auto comparison = compare(expected(), live());
  CHECK(comparison.differences.empty());
  CHECK(comparison.tolerated.empty());
  CHECK(comparison.not_compared.empty());
}

TEST_CASE("later files change and drop what earlier ones added", "[catalog]") {
  auto catalog = expected();
  CatalogFile second;
  second.id = {"main", "002"};
  second.server_major = 15;
  second.changes = {{{ObjectKind::column, "public.t.name"}, {{"nullability", "NOT NULL", std::nullopt}}}};
  second.drops = {{ObjectKind::index, "public.i"}};
  catalog.add(second, Origin::ran);
  auto now = live();
  CHECK(compare(catalog, now).differences.size() == 2);
  now.objects.erase({ObjectKind::index, "public.i"});
  now.objects[{ObjectKind::column, "public.t.name"}].erase("nullability");
  CHECK(compare(catalog, now).differences.empty());
}

TEST_CASE("extras in a managed schema are unexpected, elsewhere nobody's business", "[catalog]") {
  auto now = live();
  now.objects[{ObjectKind::table, "other.x"}] = {};
  CHECK(compare(expected(), now).differences.empty());
  now.objects[{ObjectKind::index, "public.extra"}] = {{"table", "public.t"}};
  REQUIRE(compare(expected(), now).differences.size() == 1);
  CHECK(compare(expected(), now).differences[0].kind == Difference::Kind::unexpected);
  CHECK(compare(expected(Origin::adopted), now).differences.empty());
  CHECK(compare(expected(Origin::adopted), now).tolerated.size() == 1);
}

TEST_CASE("the order of columns counts among those that one revision added", "[catalog]") {
  auto now = live();
  std::swap(now.objects[{ObjectKind::column, "public.t.id"}]["position"],
            now.objects[{ObjectKind::column, "public.t.name"}]["position"]);
  const auto comparison = compare(expected(), now);
  REQUIRE(comparison.differences.size() == 1);
  CHECK(review_text(comparison.differences) == "changed    table public.t\n    column order: id, name → name, id");
}

TEST_CASE("texts that another major version printed are not compared, their absence is", "[catalog]") {
  auto file = first();
  file.adds.push_back(
      {{ObjectKind::column, "public.t.day"}, {{"type", "date"}, {"default", "timezone('utc'::text, now())"}}});
  ExpectedCatalog catalog;
  catalog.add(file, Origin::ran);
  auto now = live();
  now.server_major = 17;
  auto& day = now.objects[{ObjectKind::column, "public.t.day"}];
  day = {{"type", "date"}, {"default", "(now() AT TIME ZONE 'utc'::text)"}};
  CHECK(compare(catalog, now).differences.empty());
  CHECK(compare(catalog, now).not_compared == std::vector<std::string>{"column public.t.day, default"});
  day.erase("default");
  CHECK(compare(catalog, now).differences.size() == 1);
}

TEST_CASE("defaults that every version prints alike are compared on every one", "[catalog]") {
  const auto differ = [](const std::string& here, const std::string& there) {
    auto file = first();
    file.adds.push_back({{ObjectKind::column, "public.t.x"}, {{"default", here}}});
    ExpectedCatalog catalog;
    catalog.add(file, Origin::ran);
    auto now = live();
    now.server_major = 17;
    now.objects[{ObjectKind::column, "public.t.x"}] = {{"default", there}};
    return compare(catalog, now).differences.size() == 1;
  };
  CHECK(differ("1", "2"));
  CHECK(differ("'a'::text", "'b'::text"));
  CHECK(differ("'it''s'::character varying(9)", "'its'::character varying(9)"));
  CHECK(differ("'{}'::text[]", "'{a}'::text[]"));
  CHECK(differ("true", "false"));
  CHECK(differ("now()", "clock_timestamp()"));
  CHECK(differ("CURRENT_TIMESTAMP", "now()"));
  CHECK(differ("'-1'::integer", "'-2'::integer"));
  CHECK(differ("(0)::numeric", "(1)::numeric"));
  CHECK(differ("nextval('a'::regclass)", "nextval('b'::regclass)"));
  CHECK(differ("0", "(1 + 2)"));
  CHECK_FALSE(differ("timezone('utc'::text, now())", "(now() AT TIME ZONE 'utc'::text)"));
  CHECK_FALSE(differ("('a'::text || 'b'::text)", "('a'::text || 'c'::text)"));
  CHECK_FALSE(differ("date_part('year'::text, now())", "EXTRACT(year FROM now())"));
  CHECK_FALSE(differ("1", "1"));
}

TEST_CASE("privileges and owners count where a migration sets them", "[catalog]") {
  auto now = live();
  now.objects[{ObjectKind::table, "public.t"}]["privileges"] = "grant SELECT to reader";
  CHECK(compare(expected(), now).differences.empty());
  auto catalog = expected();
  catalog.objects[{ObjectKind::table, "public.t"}].properties["privileges"] = {"grant SELECT to writer", 15};
  CHECK(compare(catalog, now).differences.size() == 1);
}

TEST_CASE("a revision is adopted when all of it is there", "[catalog]") {
  using Judged = Adoption::Verdict;
  SECTION("none") {
    Snapshot empty{.server_major = 15, .objects = {{{ObjectKind::extension, "pgcrypto"}, {}}}};
    CHECK(judge_adoption(first(), empty).verdict == Judged::run);
  }
  SECTION("all") { CHECK(judge_adoption(first(), live()).verdict == Judged::adopt); }
  SECTION("all but the extension") {
    auto now = live();
    now.objects.erase({ObjectKind::extension, "pgcrypto"});
    CHECK(judge_adoption(first(), now).verdict == Judged::adopt);
    CHECK(judge_adoption(first(), now).missing_extensions == std::vector<std::string>{"pgcrypto"});
  }
  SECTION("a column less") {
    auto now = live();
    now.objects.erase({ObjectKind::column, "public.t.name"});
    const auto adoption = judge_adoption(first(), now);
    CHECK(adoption.verdict == Judged::stop);
    CHECK(review_text(adoption.against) == "missing    column public.t.name: text");
  }
  SECTION("another type") {
    auto now = live();
    now.objects[{ObjectKind::column, "public.t.id"}]["type"] = "bigint";
    CHECK(judge_adoption(first(), now).verdict == Judged::stop);
  }
  SECTION("an index of that name that is another") {
    auto now = live();
    now.objects[{ObjectKind::index, "public.i"}]["definition"] = "ON (id)";
    CHECK(judge_adoption(first(), now).verdict == Judged::stop);
  }
  SECTION("liberties are told") {
    auto now = live();
    now.objects[{ObjectKind::column, "public.t.id"}].erase("default");
    now.objects[{ObjectKind::column, "public.t.name"}].erase("nullability");
    now.objects[{ObjectKind::trigger, "public.t.touch"}] = {};
    const auto adoption = judge_adoption(first(), now);
    CHECK(adoption.verdict == Judged::adopt);
    CHECK(adoption.tolerated.size() == 3);
  }
}

TEST_CASE("of an object that a revision only changes, only that is looked at", "[catalog]") {
  auto file = first();
  file.changes = {{{ObjectKind::column, "public.host.c"},
                   {{"type", "integer", "bigint"}, {"nullability", "NOT NULL", std::nullopt}}}};
  auto now = live();
  now.objects[{ObjectKind::column, "public.host.c"}] = {
      {"type", "bigint"}, {"nullability", "NOT NULL"}, {"default", "7"}};
  const auto adoption = judge_adoption(file, now);
  CHECK(adoption.verdict == Adoption::Verdict::adopt);
  REQUIRE(adoption.tolerated.size() == 1);
  CHECK(adoption.tolerated[0].changes == std::vector<PropertyChange>{{"nullability", std::nullopt, "NOT NULL"}});
  now.objects[{ObjectKind::column, "public.host.c"}]["type"] = "integer";
  CHECK(judge_adoption(file, now).verdict == Adoption::Verdict::stop);
}

TEST_CASE("an adopted table that is set aside keeps what somebody added to it", "[catalog]") {
  CatalogFile second;
  second.id = {"main", "002"};
  second.server_major = 15;
  auto now = Snapshot{.server_major = 15, .objects = {}};
  for (const auto& object : first().adds) {
    auto moved = object;
    const auto at = moved.key.identity.find("public.t");
    if (at == std::string::npos) continue;
    second.drops.push_back(object.key);
    moved.key.identity.replace(at, 8, "public.t_archived_YYYYMMDD");
    now.objects.emplace(moved.key, moved.properties);
    second.adds.push_back(moved);
  }
  now.objects[{ObjectKind::column, "public.t_archived_YYYYMMDD.extra"}] = {{"type", "text"}};
  now.objects[{ObjectKind::column, "public.t_archived_YYYYMMDD.name"}]["comment"] = "theirs";
  const auto found = [&](Origin origin) {
    auto catalog = ExpectedCatalog();
    auto before = first();
    before.adds.pop_back();  // the index
    catalog.add(before, origin);
    catalog.add(second, Origin::ran);
    return compare(catalog, now).differences.size();
  };
  CHECK(found(Origin::adopted) == 0);
  CHECK(found(Origin::ran) == 2);  // the extension, the column; a comment of theirs is told, not held against it
}

TEST_CASE("a table made like an adopted one has the columns that somebody added to that", "[catalog]") {
  CatalogFile copy;
  copy.id = {"main", "002"};
  copy.server_major = 15;
  copy.adds = {{{ObjectKind::table, "public.copy"}, {}},
               {{ObjectKind::column, "public.copy.id"}, {{"type", "uuid"}}},
               {{ObjectKind::column, "public.copy.name"}, {{"type", "text"}}},
               {{ObjectKind::column, "public.copy.at"}, {{"type", "date"}}}};
  auto catalog = expected(Origin::adopted);
  catalog.add(copy, Origin::ran);
  auto now = live();
  for (const auto& object : copy.adds) now.objects.emplace(object.key, object.properties);
  now.objects[{ObjectKind::column, "public.t.extra"}] = {{"type", "text"}};
  now.objects[{ObjectKind::column, "public.copy.extra"}] = {{"type", "text"}};
  CHECK(compare(catalog, now).differences.empty());
  now.objects[{ObjectKind::column, "public.copy.extra"}] = {{"type", "integer"}};
  CHECK(compare(catalog, now).differences.size() == 1);
  now.objects[{ObjectKind::column, "public.copy.other"}] = {{"type", "text"}};
  CHECK(compare(catalog, now).differences.size() == 2);
}

}  // namespace dbmigrate
