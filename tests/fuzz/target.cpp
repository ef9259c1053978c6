// Targets: `head`, `BRANCH@ID+2`, prefixes, steps up and down, on a graph with branches, a fork and a merge.
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.hpp"
#include "planner/plan.hpp"
#include "support/plan.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto graph = graph_of({{"persons@001_base", {}},
                                      {"persons@002_left", {"001_base"}},
                                      {"persons@002_right", {"001_base"}},
                                      {"persons@003_merge", {"002_left", "002_right"}},
                                      {"life@001_base", {}, {"persons@001_base"}},
                                      {"life@20240101_1010_long_name", {"001_base"}},
                                      {"main@a", {}}});
  static const auto some = applied({"persons@001_base", "persons@002_left", "life@001_base"});
  const auto text = fuzz::text_of(data, size);
  fuzz::attempt([&] { static_cast<void>(plan_upgrade(graph, {}, text)); });
  fuzz::attempt([&] { static_cast<void>(plan_upgrade(graph, some, text)); });
  fuzz::attempt([&] { static_cast<void>(plan_downgrade(graph, some, text)); });
  return 0;
}
