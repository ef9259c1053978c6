// Names with a day in them are the same on every day.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/dated_names.hpp"

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

using Objects = std::map<ObjectKey, Properties>;

Objects archived_on(const std::string& day) {
  const auto table = "public.orders_archived_" + day;
  return {{{ObjectKind::table, table}, {}},
          {{ObjectKind::column, table + ".id"}, {{"type", "bigint"}}},
          {{ObjectKind::index, "public.orders_id"},
           {{"table", table}, {"definition", "CREATE INDEX orders_id ON " + table + " USING btree (id)"}}},
          {{ObjectKind::view, "public.old"},
           {{"expression", " SELECT orders_archived_" + day + ".id\n   FROM " + table + ";"}, {"reads", table}}}};
}

}  // namespace

TEST_CASE("a table set aside is called the same whatever the day", "[catalog]") {
  std::map<std::string, std::string> names;
  CHECK(without_days(archived_on("20251101"), names) == archived_on("YYYYMMDD"));
  CHECK(names == std::map<std::string, std::string>{{"orders_archived_YYYYMMDD", "orders_archived_20251101"}});
  CHECK(with_days("public.orders_archived_YYYYMMDD", names) == "public.orders_archived_20251101");
  CHECK(has_day_left_out("public.orders_archived_YYYYMMDD"));
  CHECK(name_before("public.orders_archived_YYYYMMDD") == "public.orders");
  CHECK(name_before("public.\"Orders_archived_YYYYMMDD\"") == "public.\"Orders\"");
  CHECK(name_before("public.orders").empty());
  CHECK_FALSE(has_day_left_out("public.orders_archived_20251101"));
}

TEST_CASE("of several days the latest loses its own, the others keep theirs", "[catalog]") {
  auto objects = archived_on("20251101");
  objects[{ObjectKind::table, "public.orders_archived_20240101"}];
  auto expected = archived_on("YYYYMMDD");
  expected[{ObjectKind::table, "public.orders_archived_20240101"}];
  std::map<std::string, std::string> names;
  CHECK(without_days(objects, names) == expected);
}

TEST_CASE("what only looks like a table set aside keeps its name", "[catalog]") {
  const Objects objects{{{ObjectKind::table, "public.orders_archived_2025110"}, {}},
                        {{ObjectKind::table, "public.orders_archived_20251101x"}, {}},
                        {{ObjectKind::table, "public.orders_20251101"}, {}},
                        {{ObjectKind::column, "public.orders.paid_archived_20251101"}, {}},
                        {{ObjectKind::function, "public.f_archived_20251101()"}, {}}};
  std::map<std::string, std::string> names;
  CHECK(without_days(objects, names) == objects);
  CHECK(names.empty());
  CHECK(with_days("public.orders", names) == "public.orders");
}

TEST_CASE("a quoted name with a day keeps its quotes", "[catalog]") {
  const Objects objects{{{ObjectKind::table, "public.\"Orders_archived_20251101\""}, {}}};
  std::map<std::string, std::string> names;
  const auto found = without_days(objects, names);
  CHECK(found == Objects{{{ObjectKind::table, "public.\"Orders_archived_YYYYMMDD\""}, {}}});
  CHECK(with_days(found.begin()->first.identity, names) == "public.\"Orders_archived_20251101\"");
}

}  // namespace dbmigrate
