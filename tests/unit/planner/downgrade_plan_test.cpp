// What a downgrade would take back.
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/plan.hpp"

using namespace dbmigrate;

TEST_CASE("every form of target on the way down", "[planner]") {
  const auto graph = graph_of(
      {{"a@1_x", {}}, {"a@2_y", {"1_x"}}, {"a@3_z", {"2_y"}}, {"b@1_u", {}}, {"b@2_v", {"1_u"}}, {"b@3_w", {"2_v"}}});
  const auto rows = applied({"a@1_x", "a@2_y", "a@3_z", "b@1_u", "b@2_v"});
  struct Row {
    std::string target;
    Steps steps;
  };
  const std::vector<Row> table{
      {"base", {"b@2_v", "b@1_u", "a@3_z", "a@2_y", "a@1_x"}},
      {"a@base", {"a@3_z", "a@2_y", "a@1_x"}},
      {"1_x", {"a@3_z", "a@2_y"}},
      {"a@1", {"a@3_z", "a@2_y"}},
      {"2_y", {"a@3_z"}},
      {"3_z", {}},
      {"3_z-1", {"a@3_z"}},
      {"3_z-3", {"a@3_z", "a@2_y", "a@1_x"}},
      {"1_x+1", {"a@3_z"}},
      {"a@-1", {"a@3_z"}},
      {"a@-3", {"a@3_z", "a@2_y", "a@1_x"}},
      {"b@-1", {"b@2_v"}},
      {"a@head", {}},
      {"current", {}},
      {"b@current", {}},
  };
  for (const auto& row : table) {
    CAPTURE(row.target);
    const auto plan = plan_downgrade(graph, rows, row.target);
    CHECK(plan.steps == row.steps);
    CHECK((plan.direction == Direction::downgrade));
  }
}

TEST_CASE("there must be something to go down to", "[planner]") {
  const auto graph = graph_of({{"1", {}}, {"2", {"1"}}, {"3", {"2"}}, {"4", {"3"}}});
  const auto rows = applied({"1", "2"}) + row_of("3", RevisionState::in_progress);
  struct Row {
    std::string target;
    ErrorCode code;
    std::string message;
    std::string detail;
    std::string hint;
  };
  const std::vector<Row> table{
      {"4", ErrorCode::unknown_target, "main@4 is not applied, so there is nothing to go down to",
       "Branch main stands at main@2.", "`dbmigrate upgrade main@4` goes up to it."},
      {"head", ErrorCode::unknown_target, "main@4 is not applied, so there is nothing to go down to",
       "Branch main stands at main@2.", "`dbmigrate upgrade main@4` goes up to it."},
      {"3", ErrorCode::unknown_target, "main@3 is in progress, so there is nothing to go down to",
       "Branch main stands at main@2.", "`dbmigrate upgrade main@3` finishes it; an earlier target takes it back."},
      {"-4", ErrorCode::unknown_target, "branch main has 3 revisions applied, not 4", "Branch main stands at main@2.",
       "Use main@base to take back all that is applied."},
      {"+1", ErrorCode::usage, "target +1 leads up, and a downgrade goes down",
       "Steps with a plus count revisions to apply.", "Use `dbmigrate upgrade +1`, or a target with a minus."},
  };
  for (const auto& row : table) {
    const auto error = error_of([&] { return plan_downgrade(graph, rows, row.target); });
    CHECK((error.code == row.code));
    CHECK(error.message == row.message);
    CHECK(error.detail == row.detail);
    CHECK(error.hint == row.hint);
  }
  CHECK(error_of([&] { return plan_downgrade(graph, {}, "1"); }).detail == "Nothing of branch main is applied.");
}

TEST_CASE("one step down from a merge takes back the merge alone", "[planner]") {
  const auto graph = graph_of({{"base", {}}, {"left", {"base"}}, {"right", {"base"}}, {"merge", {"left", "right"}}});
  const auto merged = applied({"base", "left", "right", "merge"});
  CHECK(plan_downgrade(graph, merged, "-1").steps == Steps{"merge"});
  CHECK(plan_downgrade(graph, merged, "left").steps == Steps{"merge", "right"});
}

TEST_CASE("of revisions side by side none is chosen", "[planner]") {
  const auto graph = graph_of({{"root", {}}, {"left", {"root"}}, {"right", {"root"}}, {"merge", {"left", "right"}}});
  const auto open = applied({"root", "left", "right"});

  const auto error = error_of([&] { return plan_downgrade(graph, open, "-1"); });
  CHECK(error.code == ErrorCode::ambiguous_target);
  CHECK(error.message == "target -1 comes to 2 revisions side by side");
  CHECK(error.detail == "main@left\nmain@right");
  CHECK(plan_downgrade(graph, open, "main@left").steps == Steps{"right"});
  CHECK(error_of([&] {
          return plan_downgrade(graph, applied({"root", "left", "right", "merge"}), "-2");
        }).code == ErrorCode::ambiguous_target);
  CHECK(plan_downgrade(graph, open, "-3").steps == Steps{"right", "left", "root"});
}

TEST_CASE("what depends on a revision in another branch goes before it", "[planner]") {
  const auto graph = graph_of(
      {{"a@1", {}}, {"a@2", {"1"}}, {"b@1", {}}, {"b@2", {"1"}, {"a@2"}}, {"b@3", {"2"}}, {"c@1", {}, {"b@3"}}});
  const auto rows = applied({"a@1", "a@2", "b@1", "b@2", "b@3", "c@1"});
  PlanScope scope;
  scope.branches = {"a"};
  CHECK(plan_downgrade(graph, rows, "1", scope).steps == Steps{"c@1", "b@3", "b@2", "a@2"});
  CHECK(plan_downgrade(graph, rows, "-1", scope).steps == Steps{"c@1", "b@3", "b@2", "a@2"});
  CHECK(plan_downgrade(graph, rows, "base", scope).steps == Steps{"c@1", "b@3", "b@2", "a@2", "a@1"});
  CHECK(plan_downgrade(graph, applied({"a@1", "a@2", "b@1"}), "base", scope).steps == Steps{"a@2", "a@1"});
}

TEST_CASE("what the target itself needs stays", "[planner]") {
  const auto graph =
      graph_of({{"a@root", {}}, {"a@left", {"root"}, {"b@1"}}, {"a@right", {"root"}}, {"b@1", {}, {"a@right"}}});
  const auto rows = applied({"a@root", "a@left", "a@right", "b@1"});
  CHECK(plan_downgrade(graph, rows, "a@left").empty());
  CHECK(plan_downgrade(graph, rows, "a@right").steps == Steps{"a@left"});
}

TEST_CASE("revisions that only the database has go by what their rows recorded", "[planner]") {
  const auto graph = graph_of({{"a@1", {}}, {"a@2", {"1"}}, {"b@1", {}}});
  const auto rows = applied({"a@1", "b@1", "a@2"}) +
                    row_of("a@4_new", RevisionState::applied, Direction::upgrade, {"3_new"}) +
                    row_of("a@3_new", RevisionState::applied, Direction::upgrade, {"2"}) +
                    row_of("b@2_new", RevisionState::applied, Direction::upgrade, {"1"}, {"a@3_new"});

  SECTION("they are taken back without a migration, by their rows") {
    const auto plan = plan_downgrade(graph, rows, "a@2");
    REQUIRE(plan.steps == Steps{"b@2_new", "a@4_new", "a@3_new"});
    CHECK(plan.steps.front().migration == nullptr);
    CHECK(plan.steps.front().row->depends_on == std::vector<std::string>{"a@3_new"});
  }
  SECTION("they are targets too") {
    CHECK(plan_downgrade(graph, rows, "a@3").steps == Steps{"a@4_new"});
    CHECK(plan_downgrade(graph, rows, "4_new-1").steps == Steps{"a@4_new"});
    CHECK(plan_downgrade(graph, rows, "4_new-2").steps == Steps{"b@2_new", "a@4_new", "a@3_new"});
    CHECK(plan_downgrade(graph, rows, "a@-1").steps == Steps{"a@4_new"});
    CHECK(plan_downgrade(graph, rows, "a@-3").steps == Steps{"b@2_new", "a@4_new", "a@3_new", "a@2"});
  }
  SECTION("one between two that the files have keeps its place") {
    const auto between = applied({"a@1"}) + row_of("a@1x", RevisionState::applied, Direction::upgrade, {"1"}) +
                         row_of("a@2", RevisionState::applied, Direction::upgrade, {"1x"});
    CHECK(plan_downgrade(graph, between, "a@1").steps == Steps{"a@2", "a@1x"});
    CHECK(plan_downgrade(graph, between, "a@1x").steps == Steps{"a@2"});
  }
  SECTION("a branch without files can be taken back") {
    const auto gone =
        applied({"a@1"}) + row_of("gone@1") + row_of("gone@2", RevisionState::applied, Direction::upgrade, {"1"});
    CHECK(plan_downgrade(graph, gone, "gone@base").steps == Steps{"gone@2", "gone@1"});
    CHECK(plan_downgrade(graph, gone, "gone@-1").steps == Steps{"gone@2"});
  }
}

TEST_CASE("rows that contradict the files still give a plan of all of them", "[planner]") {
  const auto graph = graph_of({{"1", {}}, {"2", {"1"}}, {"3", {"2"}}});
  const auto rows = Rows{row_of("1"), row_of("3", RevisionState::applied, Direction::upgrade, {"1"}),
                         row_of("2", RevisionState::applied, Direction::upgrade, {"3"})};
  CHECK(plan_downgrade(graph, rows, "base").steps == Steps{"3", "2", "1"});
}

TEST_CASE("rows that are not settled go down with the rest", "[planner]") {
  const auto graph = graph_of({{"1", {}}, {"2", {"1"}}, {"3", {"2"}}, {"4", {"3"}}});

  SECTION("a skipped row is not counted, yet it goes with what it builds on") {
    const auto rows = applied({"1", "2"}) + row_of("3", RevisionState::skipped);
    CHECK(plan_downgrade(graph, rows, "-1").steps == Steps{"3", "2"});
    CHECK(plan_downgrade(graph, rows, "3").empty());
    CHECK(plan_downgrade(graph, rows, "current").steps == Steps{"3"});
  }
  SECTION("one that is part-way is the first to be taken back") {
    const auto rows = applied({"1", "2"}) + row_of("3", RevisionState::in_progress);
    CHECK(plan_downgrade(graph, rows, "-1").steps == Steps{"3"});
    CHECK(plan_downgrade(graph, rows, "1").steps == Steps{"3", "2"});
    CHECK(plan_downgrade(graph, rows, "current").steps == Steps{"3"});
  }
  SECTION("a downgrade that stopped part-way goes on with the same command") {
    const auto rows = applied({"1"}) + row_of("2", RevisionState::in_progress, Direction::downgrade);
    const auto plan = plan_downgrade(graph, rows, "1");
    REQUIRE(plan.steps == Steps{"2"});
    CHECK((plan.steps.front().row->direction == Direction::downgrade));
  }
}
