// Types as people write them.
// SPDX-License-Identifier: Apache-2.0
#include "contract/column_type.hpp"

#include <string>
#include <utility>

#include "support/catch.hpp"

namespace dbmigrate {

TEST_CASE("a type's aliases are one type", "[contract]") {
  const std::pair<std::string, std::string> table[] = {
      {"int", "integer"},
      {"INT4", "integer"},
      {"integer", "integer"},
      {"int8", "bigint"},
      {"bool", "boolean"},
      {"float8", "double precision"},
      {"double  precision", "double precision"},
      {"decimal(10, 2)", "numeric(10,2)"},
      {"varchar(10)", "character varying(10)"},
      {"varchar", "character varying"},
      {"character varying (10)", "character varying(10)"},
      {"char", "character(1)"},
      {"char(3)", "character(3)"},
      {"bit", "bit(1)"},
      {"timestamptz", "timestamp with time zone"},
      {"timestamptz(3)", "timestamp(3) with time zone"},
      {"timestamp(3) with time zone", "timestamp(3) with time zone"},
      {"timestamp", "timestamp without time zone"},
      {"timestamp without time zone", "timestamp without time zone"},
      {"time", "time without time zone"},
      {"timetz", "time with time zone"},
      {"text[]", "text[]"},
      {"int[][]", "integer[]"},
      {"int4 [3]", "integer[]"},
      {"varchar(5)[]", "character varying(5)[]"},
      {"jsonb", "jsonb"},
      {"public.mood", "public.mood"},
      {"public.\"Odd Type\"", "public.\"Odd Type\""},
  };
  for (const auto& [written, printed] : table) {
    INFO(written);
    CHECK(canonical_type(written) == printed);
  }
}

TEST_CASE("a type of the schema public may be written without it", "[contract]") {
  CHECK(same_type("mood", "public.mood"));
  CHECK(same_type("public.mood", "public.mood"));
  CHECK_FALSE(same_type("mood", "other.mood"));
  CHECK_FALSE(same_type("integer", "bigint"));
}

}  // namespace dbmigrate
