// Names as people write them.
// SPDX-License-Identifier: Apache-2.0
#include "core/words.hpp"

#include "support/catch.hpp"

using namespace dbmigrate;

TEST_CASE("names sort with their numbers as numbers", "[core]") {
  CHECK((natural_order("2_b", "10_a") < 0));
  CHECK((natural_order("001_a", "002_a") < 0));
  CHECK((natural_order("a10", "a9") > 0));
  CHECK((natural_order("20251021_1010_x", "20251021_1100_a") < 0));
  CHECK((natural_order("a", "a") == 0));
  CHECK((natural_order("01_a", "1_a") != 0));
  CHECK((natural_order("a", "ab") < 0));
}

TEST_CASE("the nearest word is one a person may have meant", "[core]") {
  const std::vector<std::string> words{"revision", "requires", "transaction"};
  CHECK(nearest_word("revison", words) == "revision");
  CHECK(nearest_word("reuqires", words) == "requires");
  CHECK(nearest_word("colour", words).empty());
}

TEST_CASE("a list reads as a sentence", "[core]") {
  CHECK(listed(std::vector<std::string>{"a", "b", "c"}) == "a, b and c");
  CHECK(listed(std::vector<std::string>{"a"}) == "a");
}
