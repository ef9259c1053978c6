// Every form of a target, what it stands for, and what is said of one that fits several revisions or none.
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/plan.hpp"

using namespace dbmigrate;

namespace {

/// Two branches, as a project with two folders has them.
RevisionGraph two_branches() {
  return graph_of({{"graph@001_extensions", {}},
                   {"graph@002_tables", {"001_extensions"}},
                   {"graph@003_documents", {"002_tables"}},
                   {"persons@001_base", {}},
                   {"persons@002_create", {"001_base"}},
                   {"persons@004_retire", {"002_create"}}});
}

std::string resolved(const RevisionGraph& graph, const Rows& rows, std::string_view target,
                     const std::vector<std::string>& branches) {
  return graph.migration(resolve_revision(graph, rows, target, branches)).id.text();
}

}  // namespace

TEST_CASE("a target names one revision", "[planner]") {
  const auto graph = two_branches();
  const auto rows = applied({"graph@001_extensions", "persons@001_base", "persons@002_create"});
  struct Row {
    std::string target;
    std::vector<std::string> branches;
    std::string revision;
  };
  const std::vector<std::string> both{"graph", "persons"};
  const std::vector<Row> table{
      {"head", {"graph"}, "graph@003_documents"},
      {"graph@head", both, "graph@003_documents"},
      {"current", {"persons"}, "persons@002_create"},
      {"persons@current", both, "persons@002_create"},
      {"003_documents", both, "graph@003_documents"},
      {"003", both, "graph@003_documents"},
      {"003_d", both, "graph@003_documents"},
      {"002", {"persons"}, "persons@002_create"},
      {"002_t", both, "graph@002_tables"},
      {"persons@002", both, "persons@002_create"},
      {"persons@002", {"graph"}, "persons@002_create"},
      {"+1", {"graph"}, "graph@002_tables"},
      {"+2", {"graph"}, "graph@003_documents"},
      {"graph@+2", both, "graph@003_documents"},
      {"-1", {"persons"}, "persons@001_base"},
      {"persons@-1", both, "persons@001_base"},
      {"001_extensions+2", both, "graph@003_documents"},
      {"003+0001", {"persons"}, ""},
      {"graph@001+1", both, "graph@002_tables"},
      {"003-1", both, "graph@002_tables"},
      {"persons@004-2", both, "persons@001_base"},
  };
  for (const auto& row : table) {
    CAPTURE(row.target, row.branches);
    if (row.revision.empty()) {
      CHECK(error_of([&] { return resolved(graph, rows, row.target, row.branches); }).code ==
            ErrorCode::unknown_target);
    } else {
      CHECK(resolved(graph, rows, row.target, row.branches) == row.revision);
    }
  }
}

TEST_CASE("an id that ends like steps is an id", "[planner]") {
  const auto graph = graph_of({{"v1", {}}, {"v1-2", {"v1"}}, {"v1-2-fix", {"v1-2"}}, {"2024-01-add", {"v1-2-fix"}}});
  const std::vector<std::string> main{"main"};
  CHECK(resolved(graph, {}, "v1-2", main) == "main@v1-2");
  CHECK(resolved(graph, {}, "v1-2-1", main) == "main@v1");
  CHECK(resolved(graph, {}, "v1+1", main) == "main@v1-2");
  CHECK(resolved(graph, {}, "2024-01", main) == "main@2024-01-add");
  CHECK(resolved(graph, {}, "2024-01-add-1", main) == "main@v1-2-fix");
}

TEST_CASE("a keyword stays a keyword where a revision has that name", "[planner]") {
  const auto graph = graph_of({{"base", {}}, {"head", {"base"}}, {"last", {"head"}}});
  CHECK(resolved(graph, {}, "head", {"main"}) == "main@last");
  CHECK(plan_downgrade(graph, applied({"base", "head"}), "base").steps == Steps{"head", "base"});
}

TEST_CASE("a target that fits several is refused with every form that would work", "[planner]") {
  const auto graph = graph_of({{"a@20251101_x", {}},
                               {"a@20251102_y", {"20251101_x"}},
                               {"a@left", {"20251102_y"}},
                               {"a@right", {"20251102_y"}},
                               {"a@merge", {"left", "right"}},
                               {"b@20251101_z", {}},
                               {"b@left", {"20251101_z"}}});
  const auto rows = applied({"a@20251101_x", "a@20251102_y", "a@left", "a@right", "b@20251101_z"});
  struct Row {
    std::string target;
    std::string message;
    std::string candidates;
  };
  const std::vector<Row> table{
      {"left", "target left fits 2 revisions", "a@left\nb@left"},
      {"left-1", "target left-1 fits 2 revisions", "a@left-1\nb@left-1"},
      {"20251101", "target 20251101 fits 2 revisions", "a@20251101_x\nb@20251101_z"},
      {"2025", "target 2025 fits 3 revisions", "a@20251101_x\na@20251102_y\nb@20251101_z"},
      {"a@2025", "target a@2025 fits 2 revisions", "a@20251101_x\na@20251102_y"},
      {"a@2025+1", "target a@2025+1 fits 2 revisions", "a@20251101_x+1\na@20251102_y+1"},
      {"+1", "target +1 counts inside one branch, and 2 are selected", "a@+1\nb@+1"},
      {"-2", "target -2 counts inside one branch, and 2 are selected", "a@-2\nb@-2"},
      {"head", "target head fits 2 branches", "a@head\nb@head"},
      {"current", "target current fits 3 revisions", "a@left\na@right\nb@20251101_z"},
      {"a@20251102_y+1", "target a@20251102_y+1 comes to a@20251102_y, on which several revisions build",
       "a@left\na@right"},
      {"merge-1", "target a@merge-1 comes to a@merge, which joins several revisions", "a@left\na@right"},
  };
  for (const auto& row : table) {
    const auto error = error_of([&] { return resolved(graph, rows, row.target, {"a", "b"}); });
    CHECK(error.code == ErrorCode::ambiguous_target);
    CHECK(error.message == row.message);
    CHECK(error.detail == row.candidates);
    CHECK(error.hint == "Write one of these.");
  }
}

TEST_CASE("a target that fits nothing says what may have been meant", "[planner]") {
  const auto graph = two_branches();
  const auto rows = applied({"graph@001_extensions"}) + row_of("graph@009_gone");
  struct Row {
    std::string target;
    std::vector<std::string> branches;
    std::string message;
    std::string hint;
  };
  const std::vector<std::string> both{"graph", "persons"};
  const std::string all = "`dbmigrate status` shows every revision.";
  const std::vector<Row> table{
      {"heads", both, "no revision fits heads", "Did you mean \"head\"?"},
      {"graph@heads", both, "no revision fits graph@heads", "Did you mean \"graph@head\"?"},
      {"003_documnets", both, "no revision fits 003_documnets", "Did you mean \"graph@003_documents\"?"},
      {"003_documnets-1", both, "no revision fits 003_documnets-1", "Did you mean \"graph@003_documents-1\"?"},
      {"003",
       {"persons"},
       "no revision fits 003",
       "It is in branch graph, not selected here: write graph@003_documents, or add --branch graph."},
      {"persons@003", both, "no revision fits persons@003", "Branch graph has it: graph@003_documents."},
      {"persons", both, "no revision fits persons", "It is a branch: write persons@head for its last revision."},
      {"00", both, "no revision fits 00",
       "A prefix has at least four characters or ends before a _: did you mean graph@001_extensions?"},
      {"999_nothing_like_it", both, "no revision fits 999_nothing_like_it", all},
      {"", both, "the target is empty", all},
      {"graph@", both, "no revision fits graph@", all},
      {"person@002", both, "there is no branch person for target person@002", "Did you mean \"persons@002\"?"},
      {"elsewhere@002", both, "there is no branch elsewhere for target elsewhere@002",
       "`dbmigrate branches` lists them."},
      {"graph@+5", both, "branch graph has 2 revisions pending, not 5", "Use graph@head for all that is pending."},
      {"graph@+0", both, "target graph@+0 takes no step", "Use current for where the database stands."},
      {"002_tables+3", both, "graph@002_tables has only 1 revision above it, not 3",
       "Use graph@head for the last one."},
      {"002_tables-3", both, "graph@002_tables has only 1 revision below it, not 3",
       "Use graph@base for nothing at all."},
      {"base", both, "target base is no revision", "Write the id of a revision; `dbmigrate status` shows them all."},
      {"001_extensions-1", both, "target 001_extensions-1 is no revision",
       "Write the id of a revision; `dbmigrate status` shows them all."},
      {"persons@current", both, "target persons@current is no revision",
       "Write the id of a revision; `dbmigrate status` shows them all."},
      {"009_gone", both, "graph@009_gone is in the version table only", "Check out the migrations that have it."},
  };
  for (const auto& row : table) {
    const auto error = error_of([&] { return resolved(graph, rows, row.target, row.branches); });
    CHECK(error.code == ErrorCode::unknown_target);
    CHECK(error.message == row.message);
    CHECK(error.hint == row.hint);
    CHECK_FALSE(error.detail.empty());
  }
}

TEST_CASE("several heads are named with the command that joins them", "[planner]") {
  const auto graph = graph_of(
      {{"a@base", {}}, {"a@left", {"base"}}, {"a@right", {"base"}}, {"b@1", {}}, {"b@2", {"1"}}, {"b@3", {"1"}}});
  const auto one = error_of([&] { return plan_upgrade(graph, {}, "a@head"); });
  CHECK(one.code == ErrorCode::invalid_graph);
  CHECK(one.message == "branch a has 2 heads: left and right");
  CHECK(one.hint == "Join them with `dbmigrate merge a@left a@right`, or name the one that is meant as the target.");

  const auto both = error_of([&] { return plan_upgrade(graph, {}, "head"); });
  CHECK(both.code == ErrorCode::invalid_graph);
  CHECK(both.message == "2 branches have several heads");
  CHECK(both.detail == "branch a has 2 heads: left and right\nbranch b has 2 heads: 2 and 3");
}
