// Counts and sizes for people.
// SPDX-License-Identifier: Apache-2.0
#include "core/figures.hpp"

#include "support/catch.hpp"

using namespace dbmigrate;

TEST_CASE("numbers are grouped by thousands", "[report]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(grouped(-1234) == "-1,234");
  CHECK(grouped(-123) == "-123");
}

TEST_CASE("a noun follows its number", "[report]") {
  CHECK(count_of(1, "revision") == "1 revision");
  CHECK(count_of(0, "revision") == "0 revisions");
  CHECK(count_of(1200, "row") == "1,200 rows");
  CHECK(count_of(2, "branch") == "2 branches");
  CHECK(count_of(2, "index") == "2 indexes");
  CHECK(count_of(2, "query") == "2 queries");
  CHECK(count_of(2, "key") == "2 keys");
}

TEST_CASE("sizes have the unit that leaves few digits", "[report]") {
  CHECK(size_for_people(512) == "512 B");
  CHECK(size_for_people(1536) == "1.5 kB");
  CHECK(size_for_people(40'894'464) == "39 MB");
}
