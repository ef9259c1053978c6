// Heads, bases, order and everything that is wrong with a set of migrations.
// SPDX-License-Identifier: Apache-2.0
#include "graph/revision_graph.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/graph.hpp"

using namespace dbmigrate;

namespace {

using Names = std::vector<std::string>;

Names texts(const RevisionGraph& graph, const std::vector<RevisionIndex>& revisions) {
  Names names;
  for (const auto index : revisions) names.push_back(graph.migration(index).id.text());
  return names;
}

ErrorInfo refused(const std::vector<RevisionSpec>& specs) {
  return error_of([&] { return graph_of(specs); });
}

}  // namespace

TEST_CASE("a merge joins two lines into one head", "[graph]") {
  const auto graph = graph_of({{"merge", {"left", "right"}}, {"base", {}}, {"right", {"base"}}, {"left", {"base"}}});

  CHECK(texts(graph, graph.heads("main")) == Names{"main@merge"});
  CHECK(texts(graph, graph.revisions("main")) == Names{"main@base", "main@left", "main@right", "main@merge"});
  CHECK(texts(graph, graph.parents(*graph.find(id_of("merge")))) == Names{"main@left", "main@right"});
  CHECK(texts(graph, graph.children(*graph.find(id_of("base")))) == Names{"main@right", "main@left"});
}

TEST_CASE("lines that were never joined are several heads, not an error of the graph", "[graph]") {
  const auto graph = graph_of({{"base", {}}, {"left", {"base"}}, {"right", {"base"}}});
  CHECK(texts(graph, graph.heads("main")) == Names{"main@left", "main@right"});
}

TEST_CASE("a branch without migrations has no revisions and no head", "[graph]") {
  MigrationSet set;
  set.branches.push_back({"empty", "", "empty"});
  const RevisionGraph graph(set);
  CHECK(graph.has_branch("empty"));
  CHECK_FALSE(graph.has_branch("other"));
  CHECK(graph.revisions("empty").empty());
  CHECK(graph.heads("empty").empty());
  CHECK(graph.heads("other").empty());
}

TEST_CASE("among equals the number in the name decides", "[graph]") {
  const auto graph = graph_of({{"0_base", {}}, {"10_a", {"0_base"}}, {"9_b", {"0_base"}}});
  CHECK(texts(graph, graph.in_order()) == Names{"main@0_base", "main@9_b", "main@10_a"});
  CHECK(graph.rank(*graph.find(id_of("9_b"))) == 1);
}

TEST_CASE("a branch that another depends on runs first and in one piece", "[graph]") {
  const auto graph = graph_of({{"a@1", {}}, {"a@2", {"1"}, {"b@2"}}, {"b@1", {}}, {"b@2", {"1"}}, {"b@3", {"2"}}});
  CHECK(texts(graph, graph.in_order()) == Names{"b@1", "b@2", "b@3", "a@1", "a@2"});
  CHECK(texts(graph, graph.dependencies(*graph.find(id_of("a@2")))) == Names{"b@2"});
  CHECK(texts(graph, graph.dependents(*graph.find(id_of("b@2")))) == Names{"a@2"});
}

TEST_CASE("branches that depend on each other alternate only where they must", "[graph]") {
  const auto graph = graph_of(
      {{"a@1", {}}, {"a@2", {"1"}, {"b@1"}}, {"a@3", {"2"}}, {"b@1", {}}, {"b@2", {"1"}, {"a@2"}}, {"b@3", {"2"}}});
  CHECK(texts(graph, graph.in_order()) == Names{"b@1", "a@1", "a@2", "a@3", "b@2", "b@3"});
}

TEST_CASE("parents and dependencies may be prefixes", "[graph]") {
  const auto graph = graph_of({{"a@001_first", {}}, {"a@002_second", {"001"}}, {"b@001_x", {}, {"a@002"}}});
  CHECK(texts(graph, graph.parents(*graph.find(id_of("a@002_second")))) == Names{"a@001_first"});
  CHECK(texts(graph, graph.dependencies(*graph.find(id_of("b@001_x")))) == Names{"a@002_second"});
}

TEST_CASE("what a prefix fits", "[graph]") {
  const auto graph = graph_of({{"001_add_users", {}},
                               {"002_more", {"001_add_users"}},
                               {"1000_a", {"002_more"}},
                               {"10000_b", {"1000_a"}},
                               {"20251101_0900_x", {"10000_b"}},
                               {"20251101_1000_y", {"20251101_0900_x"}},
                               {"20251101_1000_y_z", {"20251101_1000_y"}}});
  struct Row {
    std::string prefix;
    Names fits;
  };
  const std::vector<Row> table{
      {"001", {"main@001_add_users"}},
      {"00", {}},
      {"001_", {"main@001_add_users"}},
      {"001_a", {"main@001_add_users"}},
      {"001_add_users", {"main@001_add_users"}},
      {"001_add_users_", {}},
      {"1000", {"main@1000_a"}},
      {"10000", {"main@10000_b"}},
      {"2025", {"main@20251101_0900_x", "main@20251101_1000_y", "main@20251101_1000_y_z"}},
      {"20251101_09", {"main@20251101_0900_x"}},
      {"20251101_1000_y", {"main@20251101_1000_y"}},
      {"", {}},
      {"3", {}},
  };
  for (const auto& row : table) {
    CAPTURE(row.prefix);
    CHECK(texts(graph, graph.named("main", row.prefix)) == row.fits);
  }
  CHECK(graph.named("other", "001").empty());
}

TEST_CASE("one problem is the message itself", "[graph]") {
  struct Row {
    std::vector<RevisionSpec> specs;
    std::string message;
    std::string hint;
  };
  const std::vector<Row> table{
      {{{"base", {}}, {"left", {"bsae"}}},
       "main@left builds on main@bsae, which does not exist",
       "Did you mean \"base\"?"},
      {{{"base", {}}, {"left", {"zzzzzz"}}},
       "main@left builds on main@zzzzzz, which does not exist",
       "Name a revision that is there, or restore its file."},
      {{{"1_a", {}}, {"1_b", {"1_a"}}, {"c", {"1"}}},
       "main@c builds on 1, which fits several revisions: 1_a, 1_b",
       "Write the whole id."},
      {{{"a", {}}, {"b", {"a", "a"}}}, "main@b names the parent a twice", "Leave one of them out."},
      {{{"a", {}}, {"b", {}}},
       "branch main has 2 bases: a, b",
       "A branch has one revision without a parent: name the parent of the others."},
      {{{"a", {}}, {"b", {"a"}}, {"b", {"a"}}}, "revision main@b is there twice", "Give one of them another id."},
      {{{"a", {}}, {"a", {}}}, "revision main@a is there twice", "Give one of them another id."},
      {{{"a@1", {}, {"persn@1"}}, {"person@1", {}}},
       "a@1 depends on persn@1, but there is no branch persn",
       "Did you mean \"person\"?"},
      {{{"a@1", {}, {"b@001_creat"}}, {"b@002_create", {}}},
       "a@1 depends on b@001_creat, which does not exist",
       "Did you mean \"002_create\"?"},
      {{{"a@1", {}}, {"a@2", {"1"}, {"a@1"}}},
       "a@2 depends on a@1, which is in its own branch",
       "Name it as down_revision; depends_on is for other branches."},
      {{{"a", {}}, {"b", {"a", "d"}}, {"c", {"b"}}, {"d", {"c"}}, {"e", {"d"}}},
       "revisions need each other: main@b -> main@d -> main@c -> main@b",
       "Each needs the next; take one of these parents or dependencies out."},
      {{{"a", {}}, {"b", {"a", "b"}}},
       "revisions need each other: main@b -> main@b",
       "Each needs the next; take one of these parents or dependencies out."},
      {{{"x@1", {}, {"y@2"}}, {"y@1", {}, {"x@1"}}, {"y@2", {"1"}}},
       "revisions need each other: x@1 -> y@2 -> y@1 -> x@1",
       "Each needs the next; take one of these parents or dependencies out."},
  };
  for (const auto& row : table) {
    const auto error = refused(row.specs);
    CHECK(error.code == ErrorCode::invalid_graph);
    CHECK(error.message == row.message);
    CHECK(error.hint == row.hint);
    CHECK_FALSE(error.detail.empty());
  }
}

TEST_CASE("a problem of one file points at it, one of several names them", "[graph]") {
  const auto missing = refused({{"base", {}}, {"left", {"other"}}});
  CHECK((missing.at == Location{.file = "migrations/main/left.up.sql"}));
  CHECK(missing.detail == "It stands in migrations/main/left.up.sql.");

  const auto bases = refused({{"a", {}}, {"b", {}}});
  CHECK_FALSE(bases.at.has_value());
  CHECK(bases.detail == "It stands in migrations/main/a.up.sql and migrations/main/b.up.sql.");
}

TEST_CASE("everything that is wrong is told at once", "[graph]") {
  const auto error = refused({{"a@1", {}},
                              {"a@1", {}},
                              {"a@2", {"3"}},
                              {"a@3", {"2"}},
                              {"b@1", {}, {"a@9", "c@1"}},
                              {"b@2", {}},
                              {"d@1", {"2"}},
                              {"d@2", {"1"}}});
  CHECK(error.code == ErrorCode::invalid_graph);
  CHECK(error.message == "the migrations have 6 problems");
  CHECK(error.detail ==
        "migrations/a/1.up.sql and migrations/a/1.up.sql: revision a@1 is there twice. Give one of them another id.\n"
        "migrations/b/1.up.sql: b@1 depends on a@9, which does not exist. Name a revision that is there, or restore its file.\n"
        "migrations/b/1.up.sql: b@1 depends on c@1, but there is no branch c\n"
        "migrations/b/1.up.sql and migrations/b/2.up.sql: branch b has 2 bases: 1, 2. A branch has one revision "
        "without a parent: name the parent of the others.\n"
        "migrations/a/2.up.sql and migrations/a/3.up.sql: revisions need each other: a@2 -> a@3 -> a@2. Each needs "
        "the next; take one of these parents or dependencies out.\n"
        "migrations/d/1.up.sql and migrations/d/2.up.sql: revisions need each other: d@1 -> d@2 -> d@1. Each needs "
        "the next; take one of these parents or dependencies out.");
  CHECK(error.hint == "Correct the files named; nothing has run.");
}

TEST_CASE("a chain of a hundred thousand revisions neither recurses nor loses any", "[graph]") {
  constexpr std::size_t kRevisions = 100'000;
  std::vector<RevisionSpec> specs;
  specs.reserve(kRevisions);
  for (std::size_t i = 0; i < kRevisions; ++i) {
    specs.push_back({fmt::format("{:06}_r", i), {}});
    if (i > 0) specs.back().parents = {fmt::format("{:06}_r", i - 1)};
  }

  SECTION("in order") {
    const auto graph = graph_of(specs);
    CHECK(graph.in_order().size() == kRevisions);
    CHECK(texts(graph, graph.heads("main")) == Names{"main@099999_r"});
    CHECK(graph.rank(*graph.find(id_of("054321_r"))) == 54'321);
  }
  SECTION("closed to one ring") {
    specs.front().parents = {"099999_r"};
    const auto error = refused(specs);
    CHECK(error.message.find("... (100000 in all) -> main@000000_r") != std::string::npos);
    CHECK(error.message.size() < 1000);
  }
}
