// What an upgrade would run.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/plan.hpp"

using namespace dbmigrate;

namespace {

std::vector<std::string> texts(const std::vector<RevisionId>& ids) {
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(id.text());
  return texts;
}

std::vector<std::string> texts(const std::vector<HeldRevision>& held) {
  std::vector<std::string> texts;
  for (const auto& revision : held) texts.push_back(revision.id.text() + ": " + revision.first);
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a merge revision waits for both parents", "[planner]") {
  const auto graph = graph_of({{"base", {}}, {"left", {"base"}}, {"right", {"base"}}, {"merge", {"left", "right"}}});

  SECTION("one side applied leaves the other side and the merge") {
    CHECK(plan_upgrade(graph, applied({"base", "left"}), "merge").steps == Steps{"right", "merge"});
  }
  SECTION("already there is an empty plan, not an error") {
    CHECK(plan_upgrade(graph, applied({"base", "left", "right", "merge"}), "merge").empty());
  }
  SECTION("one side alone does not bring the other") {
    CHECK(plan_upgrade(graph, {}, "right").steps == Steps{"base", "right"});
  }
}

TEST_CASE("every form of target on the way up", "[planner]") {
  const auto graph =
      graph_of({{"a@1_x", {}}, {"a@2_y", {"1_x"}}, {"a@3_z", {"2_y"}}, {"b@1_u", {}}, {"b@2_v", {"1_u"}}});
  const auto rows = applied({"a@1_x"});
  struct Row {
    std::string target;
    Steps steps;
  };
  const std::vector<Row> table{
      {"head", {"a@2_y", "a@3_z", "b@1_u", "b@2_v"}},
      {"a@head", {"a@2_y", "a@3_z"}},
      {"2_y", {"a@2_y"}},
      {"a@2", {"a@2_y"}},
      {"2_v", {"b@1_u", "b@2_v"}},
      {"a@+1", {"a@2_y"}},
      {"a@+2", {"a@2_y", "a@3_z"}},
      {"b@+1", {"b@1_u"}},
      {"1_x+1", {"a@2_y"}},
      {"3_z-1", {"a@2_y"}},
      {"a@1", {}},
      {"1_x-1", {}},
      {"base", {}},
      {"current", {}},
      {"a@current", {}},
  };
  for (const auto& row : table) {
    CAPTURE(row.target);
    const auto plan = plan_upgrade(graph, rows, row.target);
    CHECK(plan.steps == row.steps);
    CHECK((plan.direction == Direction::upgrade));
  }
}

TEST_CASE("only the selected branches go up", "[planner]") {
  const auto graph = graph_of({{"a@1", {}}, {"b@1", {}}});
  PlanScope scope;
  scope.branches = {"b"};
  CHECK(plan_upgrade(graph, {}, "head", scope).steps == Steps{"b@1"});
  CHECK(plan_upgrade(graph, {}, "a@head", scope).steps == Steps{"a@1"});
}

TEST_CASE("a target that leads down is no upgrade", "[planner]") {
  const auto graph = graph_of({{"1", {}}});
  const auto error = error_of([&] { return plan_upgrade(graph, applied({"1"}), "-1"); });
  CHECK(error.code == ErrorCode::usage);
  CHECK(error.message == "target -1 leads down, and an upgrade goes up");
}

TEST_CASE("dependencies come in from branches that are not selected", "[planner]") {
  const auto graph = graph_of({{"a@1", {}}, {"a@2", {"1"}, {"b@2"}}, {"b@1", {}}, {"b@2", {"1"}}, {"b@3", {"2"}}});
  PlanScope scope;
  scope.branches = {"a"};
  CHECK(plan_upgrade(graph, {}, "head", scope).steps == Steps{"b@1", "b@2", "a@1", "a@2"});
  CHECK(plan_upgrade(graph, applied({"b@1", "a@1"}), "head", scope).steps == Steps{"b@2", "a@2"});
  CHECK(plan_upgrade(graph, {}, "+1", scope).steps == Steps{"a@1"});
}

TEST_CASE("a revision that was slipped in below an applied one is still to run", "[planner]") {
  const auto graph = graph_of({{"1", {}}, {"2", {"1"}}, {"3", {"2"}}});
  CHECK(plan_upgrade(graph, applied({"1", "3"}), "head").steps == Steps{"2"});
}

TEST_CASE("what is not settled is in the plan with its row", "[planner]") {
  const auto graph = graph_of({{"base", {}}, {"left", {"base"}}, {"right", {"base"}}, {"merge", {"left", "right"}}});

  SECTION("a revision that is part-way is finished first") {
    const auto plan = plan_upgrade(graph, applied({"base"}) + row_of("right", RevisionState::in_progress), "head");
    REQUIRE(plan.steps == Steps{"right", "left", "merge"});
    CHECK((plan.steps.front().row->state == RevisionState::in_progress));
    CHECK(plan.steps.front().migration == &graph.migration(*graph.find(id_of("right"))));
    CHECK_FALSE(plan.steps.back().row.has_value());
  }
  SECTION("a skipped revision and its skipped children are tried again") {
    const auto rows =
        applied({"base", "left"}) + row_of("right", RevisionState::skipped) + row_of("merge", RevisionState::skipped);
    const auto plan = plan_upgrade(graph, rows, "head");
    REQUIRE(plan.steps == Steps{"right", "merge"});
    CHECK((plan.steps.front().row->state == RevisionState::skipped));
  }
  SECTION("one that was on its way down is to be brought up again") {
    const auto rows = applied({"base", "left"}) + row_of("right", RevisionState::in_progress, Direction::downgrade);
    CHECK(plan_upgrade(graph, rows, "right").steps == Steps{"right"});
  }
  SECTION("adopted and stamped revisions are there") {
    const auto rows = Rows{row_of("base", RevisionState::adopted), row_of("left", RevisionState::stamped)};
    CHECK(plan_upgrade(graph, rows, "left").empty());
  }
  SECTION("what the target does not need stays as it is") {
    const auto rows = applied({"base"}) + row_of("right", RevisionState::in_progress);
    CHECK(plan_upgrade(graph, rows, "left").steps == Steps{"left"});
  }
}

TEST_CASE("head stops before a hold, and a revision written out runs through it", "[planner]") {
  const auto graph = graph_of({{"a@1", {}},
                               {"a@2", {"1"}, {}, "deploy the writer"},
                               {"a@3", {"2"}},
                               {"a@4", {"3"}, {}, "deploy the reader"},
                               {"a@5", {"4"}},
                               {"b@1", {}},
                               {"b@2", {"1"}, {"a@3"}}});
  auto scope = all_of(graph);
  scope.branches_with_rows = {"a"};
  const auto rows = applied({"a@1"});

  struct Row {
    std::string target;
    Steps steps;
    Texts held;
    Texts behind;
  };
  const std::vector<Row> table{
      {"head", {"b@1"}, {"a@2: deploy the writer"}, {"a@3", "a@4", "a@5", "b@2"}},
      {"a@head", {}, {"a@2: deploy the writer"}, {"a@3", "a@4", "a@5"}},
      {"a@+2", {}, {"a@2: deploy the writer"}, {"a@3"}},
      {"a@2", {"a@2"}, {}, {}},
      {"a@3", {"a@2", "a@3"}, {}, {}},
      {"a@5", {"a@2", "a@3", "a@4", "a@5"}, {}, {}},
      {"b@2", {"a@2", "a@3", "b@1", "b@2"}, {}, {}},
      {"a@2+1", {"a@2", "a@3"}, {}, {}},
      {"a@2+3", {"a@2", "a@3"}, {"a@4: deploy the reader"}, {"a@5"}},
      {"a@1+1", {}, {"a@2: deploy the writer"}, {}},
      {"a@3-1", {}, {"a@2: deploy the writer"}, {}},
  };
  for (const auto& row : table) {
    CAPTURE(row.target);
    const auto plan = plan_upgrade(graph, rows, row.target, scope);
    CHECK(plan.steps == row.steps);
    CHECK(texts(plan.held) == row.held);
    CHECK(texts(plan.behind_holds) == row.behind);
  }

  SECTION("--through-holds") {
    scope.through_holds = true;
    const auto plan = plan_upgrade(graph, rows, "a@head", scope);
    CHECK(plan.steps == Steps{"a@2", "a@3", "a@4", "a@5"});
    CHECK(plan.held.empty());
  }
  SECTION("a branch without rows does not hold") {
    scope.branches_with_rows = {"b"};
    CHECK(plan_upgrade(graph, rows, "a@head", scope).steps == Steps{"a@2", "a@3", "a@4", "a@5"});
  }
  SECTION("a held revision that is part-way is past its hold") {
    const auto plan = plan_upgrade(graph, rows + row_of("a@2", RevisionState::in_progress), "a@head", scope);
    CHECK(plan.steps == Steps{"a@2", "a@3"});
    CHECK(texts(plan.held) == Texts{"a@4: deploy the reader"});
  }
  SECTION("a held revision that was skipped holds again") {
    CHECK(plan_upgrade(graph, rows + row_of("a@2", RevisionState::skipped), "a@head", scope).empty());
  }
}

TEST_CASE("a hundred thousand revisions are planned without recursion", "[planner]") {
  constexpr std::size_t kRevisions = 100'000;
  std::vector<RevisionSpec> specs;
  Rows rows;
  for (std::size_t i = 0; i < kRevisions; ++i) {
    specs.push_back({fmt::format("{:06}_r", i), {}});
    if (i > 0) specs.back().parents = {fmt::format("{:06}_r", i - 1)};
    rows.push_back(row_of(specs.back().id, RevisionState::applied, Direction::upgrade, specs.back().parents));
  }
  const auto graph = graph_of(specs);
  CHECK(plan_upgrade(graph, {}, "head").steps.size() == kRevisions);
  CHECK(plan_upgrade(graph, rows, "head").empty());
  CHECK(plan_downgrade(graph, rows, "base").steps.size() == kRevisions);
  CHECK(plan_downgrade(graph, rows, "-3").steps == Steps{"099999_r", "099998_r", "099997_r"});
  CHECK(plan_downgrade(graph_of({{"other@1", {}}}), rows, "main@base").steps.size() == kRevisions);
  CHECK(status_of(graph, rows, {"main"}).front().applied.size() == kRevisions);
}
