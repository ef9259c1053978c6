// Durations as people write them.
// SPDX-License-Identifier: Apache-2.0
#include "core/duration.hpp"

#include "support/catch.hpp"

using namespace dbmigrate;
using namespace std::chrono_literals;

TEST_CASE("durations carry their unit", "[core]") {
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("2s") == 2s);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("5min") == 5min);
  CHECK(parse_duration("5 min") == 5min);
  CHECK(parse_duration("0") == 0ms);
  for (const auto* wrong : {"", "5", "-1s", "s", "2 weeks", "99999d", "1e3s", "nan", "nans", "nan s", "infs", "inf"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}

TEST_CASE("a duration is written so that it reads back the same", "[core]") {
  for (const auto duration : {0ms, 1ms, 1500ms, 2000ms, 300000ms, 90000ms}) {
    CHECK(parse_duration(duration_text(duration)) == duration);
  }
  CHECK(duration_text(5min) == "5min");
}
