// Names in the style of those before them.
// SPDX-License-Identifier: Apache-2.0
#include "graph/next_revision.hpp"

#include "support/catch.hpp"

using namespace dbmigrate;

namespace {
/// 2025-11-01 09:00 UTC
const auto kNow = std::chrono::system_clock::from_time_t(1'761'987'600);
}  // namespace

TEST_CASE("a slug is what is left of a message in a file name", "[graph]") {
  CHECK(slug_of("Add users' table") == "add_users_table");
  CHECK(slug_of("  --Drop  v2!! ") == "drop_v2");
  CHECK(slug_of("Größe") == "gr_e");
  CHECK(slug_of("!?").empty());
  CHECK(slug_of("a_b") == "a_b");
}

TEST_CASE("a long message is cut at a word", "[graph]") {
  const std::string slug = slug_of("move every persona that has no person into the aggregate of persons and data");
  CHECK(slug == "move_every_persona_that_has_no_person_into_the_aggregate_of");
  CHECK(slug_of(std::string(100, 'x')) == std::string(60, 'x'));
}

TEST_CASE("a counter goes on with as many digits", "[graph]") {
  CHECK(next_revision_name({}, "x", kNow) == "001_x");
  CHECK(next_revision_name({"001_a", "002_b"}, "x", kNow) == "003_x");
  CHECK(next_revision_name({"0009_a"}, "x", kNow) == "0010_x");
  CHECK(next_revision_name({"99_a"}, "x", kNow) == "100_x");
  CHECK(next_revision_name({"9_a", "10_b"}, "x", kNow) == "11_x");
}

TEST_CASE("timestamps go on as timestamps, behind every other", "[graph]") {
  CHECK(next_revision_name({"20251021_1010_a", "20251023_1100_b"}, "x", kNow) == "20251101_0900_x");
  CHECK(next_revision_name({"20251101_0900_a"}, "x", kNow) == "20251101_0901_x");
  CHECK(next_revision_name({"20261231_2359_a"}, "x", kNow) == "20270101_0000_x");
}

TEST_CASE("names without numbers are followed by the slug alone", "[graph]") {
  CHECK(next_revision_name({"base", "users"}, "x", kNow) == "x");
  CHECK(next_revision_name({"base", "x", "x_2"}, "x", kNow) == "x_3");
}
