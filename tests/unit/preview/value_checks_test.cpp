// The counts that a demand on rows is held against.
// SPDX-License-Identifier: Apache-2.0
#include "preview/value_checks.hpp"

#include "support/catch.hpp"

namespace dbmigrate {
namespace {

using Demand = ValueDemand::Kind;

const ValueDemand kUnique{
    .kind = Demand::unique, .name = "one", .table = "public.t", .columns = {"a", "lower(b)"}, .expression = "(c > 0)"};

}  // namespace

TEST_CASE("rows that repeat a key are counted beside the first of them", "[preview]") {
  CHECK(refused_rows_sql(kUnique) ==
        "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM public.t WHERE (c > 0) AND (a) IS NOT NULL AND "
        "(lower(b)) IS NOT NULL GROUP BY (a), (lower(b)) HAVING count(*) > 1) twice");
  auto equal = kUnique;
  equal.nulls_are_equal = true;
  equal.expression = "";
  CHECK(refused_rows_sql(equal) ==
        "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM public.t GROUP BY (a), (lower(b)) HAVING "
        "count(*) > 1) twice");
}

TEST_CASE("an orphan is a row with all of its key and no partner", "[preview]") {
  const ValueDemand demand{.kind = Demand::foreign_key,
                           .name = "k",
                           .table = "public.t",
                           .columns = {"a", "b"},
                           .references = "public.r",
                           .referenced_columns = {"x", "y"}};
  CHECK(refused_rows_sql(demand) ==
        "SELECT count(*) FROM public.t t WHERE t.a IS NOT NULL AND t.b IS NOT NULL AND NOT EXISTS "
        "(SELECT FROM public.r r WHERE r.x = t.a AND r.y = t.b)");
  CHECK(refused_rows_text(demand, 1) == "1 row of public.t finds no row of public.r in a, b (k)");
}

TEST_CASE("rows that break a check are told with their number", "[preview]") {
  const ValueDemand demand{
      .kind = Demand::check, .name = "k", .table = "public.t", .columns = {"a"}, .expression = "(a > 0)"};
  CHECK(refused_rows_sql(demand) == "SELECT count(*) FROM public.t WHERE NOT ((a > 0))");
  CHECK(refused_rows_text(demand, 3) == "3 rows of public.t violate k (a > 0)");
}

}  // namespace dbmigrate
