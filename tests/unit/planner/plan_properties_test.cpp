// What holds for every plan, tried on graphs with merges and dependencies drawn at random from fixed seeds.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/plan.hpp"

using namespace dbmigrate;

namespace {

constexpr unsigned kSeeds = 300;
constexpr std::size_t kRevisions = 30;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) { return engine_() % limit; }

 private:
  std::mt19937 engine_;
};

/// Three branches whose revisions build on one or two earlier ones and depend on earlier ones of other branches.
std::vector<RevisionSpec> random_specs(Random& random) {
  std::vector<RevisionSpec> specs;
  std::vector<std::vector<std::string>> names(3);
  for (std::size_t i = 0; i < kRevisions; ++i) {
    const auto branch = random.below(3);
    auto& mine = names[branch];
    RevisionSpec spec{fmt::format("{}@{:02}_r", "abc"[branch], i), {}};
    if (!mine.empty()) spec.parents.push_back(mine[random.below(mine.size())]);
    if (!mine.empty() && random.below(4) == 0 && mine.back() != spec.parents.front())
      spec.parents.push_back(mine.back());
    const auto other = (branch + 1 + random.below(2)) % 3;
    if (!names[other].empty() && random.below(4) == 0) {
      spec.depends_on = {fmt::format("{}@{}", "abc"[other], names[other][random.below(names[other].size())])};
    }
    mine.push_back(fmt::format("{:02}_r", i));
    specs.push_back(spec);
  }
  return specs;
}

std::vector<RevisionIndex> needs_of(const RevisionGraph& graph, RevisionIndex index) {
  auto needs = graph.parents(index);
  needs.insert(needs.end(), graph.dependencies(index).begin(), graph.dependencies(index).end());
  return needs;
}

/// Whether everything that each revision of `present` needs is there too.
bool complete(const RevisionGraph& graph, const std::set<RevisionIndex>& present) {
  for (const auto index : present) {
    for (const auto need : needs_of(graph, index)) {
      if (!present.contains(need)) return false;
    }
  }
  return true;
}

Rows rows_of(const RevisionGraph& graph, const std::set<RevisionIndex>& present) {
  Rows rows;
  for (const auto index : present) rows.push_back(row_of(graph.migration(index).id.text()));
  return rows;
}

}  // namespace

TEST_CASE("whatever is planned, at no moment is a revision there without what it needs", "[planner]") {
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const auto graph = graph_of(random_specs(random));
    const auto pick = [&] { return graph.migration(random.below(graph.size())).id; };

    std::set<RevisionIndex> present;
    for (int round = 0; round < 4; ++round) {
      const auto up = pick();
      for (const auto& step : plan_upgrade(graph, rows_of(graph, present), up.text()).steps) {
        REQUIRE(present.insert(*graph.find(step.id)).second);
        REQUIRE(complete(graph, present));
      }
      REQUIRE(present.contains(*graph.find(up)));
      REQUIRE(plan_upgrade(graph, rows_of(graph, present), up.text()).empty());

      const auto down = pick();
      if (!present.contains(*graph.find(down))) continue;
      for (const auto& step : plan_downgrade(graph, rows_of(graph, present), down.text()).steps) {
        REQUIRE(present.erase(*graph.find(step.id)) == 1);
        REQUIRE(complete(graph, present));
      }
      REQUIRE(present.contains(*graph.find(down)));
      REQUIRE(plan_downgrade(graph, rows_of(graph, present), down.text()).empty());
      if (plan_upgrade(graph, rows_of(graph, present), down.text()).steps != Steps{}) FAIL("the target itself went");
    }
    for (const auto& step : plan_downgrade(graph, rows_of(graph, present), "base").steps) {
      present.erase(*graph.find(step.id));
      REQUIRE(complete(graph, present));
    }
    REQUIRE(present.empty());
  }
}
