// Where a database stands.
// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "support/catch.hpp"
#include "support/plan.hpp"

using namespace dbmigrate;

namespace {

using Ids = std::vector<RevisionId>;

Ids ids(std::initializer_list<std::string_view> texts) {
  Ids ids;
  for (const auto text : texts) ids.push_back(id_of(text));
  return ids;
}

}  // namespace

TEST_CASE("status tells each branch apart", "[planner]") {
  const auto graph = graph_of(
      {{"a@1", {}}, {"a@2", {"1"}}, {"a@3", {"2"}}, {"a@4", {"3"}, {}, "deploy first"}, {"b@1", {}}, {"b@2", {"1"}}});
  const auto rows = Rows{row_of("a@2"), row_of("a@1", RevisionState::adopted),
                         row_of("a@3", RevisionState::in_progress), row_of("b@1", RevisionState::skipped)} +
                    row_of("b@9_gone") + row_of("gone@1");

  const auto all = status_of(graph, rows, {"a", "b", "gone"});
  REQUIRE(all.size() == 3);

  const auto& a = all[0];
  CHECK(a.branch == "a");
  CHECK(a.current == ids({"a@2"}));
  CHECK(a.heads == ids({"a@4"}));
  CHECK(a.applied == ids({"a@1", "a@2"}));
  CHECK(a.pending == ids({"a@4"}));
  REQUIRE(a.held.size() == 1);
  CHECK(a.held.front().id == id_of("a@4"));
  CHECK(a.held.front().first == "deploy first");
  CHECK(a.in_progress == ids({"a@3"}));
  CHECK(a.unknown.empty());

  const auto& b = all[1];
  CHECK(b.current == ids({"b@9_gone"}));
  CHECK(b.applied.empty());
  CHECK(b.pending == ids({"b@2"}));
  CHECK(b.skipped == ids({"b@1"}));
  CHECK(b.unknown == ids({"b@9_gone"}));

  CHECK(all[2].current == ids({"gone@1"}));
  CHECK(all[2].heads.empty());
  CHECK(all[2].unknown == ids({"gone@1"}));
}

TEST_CASE("a merge that was taken back leaves two currents", "[planner]") {
  const auto graph = graph_of({{"base", {}}, {"left", {"base"}}, {"right", {"base"}}, {"merge", {"left", "right"}}});
  const auto status = status_of(graph, applied({"right", "left", "base"}), {"main"});
  CHECK(status.front().current == ids({"left", "right"}));
}

TEST_CASE("a revision whose text changed after it ran is a mismatch", "[planner]") {
  const auto graph =
      graph_of({{"a@1", {}}, {"a@2", {"1"}}, {"a@3", {"2"}}, {"a@4", {"3"}}, {"a@5", {"4"}}, {"b@1", {}}});
  const auto changed = [](std::string_view id, RevisionState state) {
    auto row = row_of(id, state);
    row.checksum = Checksum::of("another text");
    return row;
  };
  auto unrecorded = row_of("a@5");
  unrecorded.checksum = Checksum();
  auto half_way_up = changed("a@3", RevisionState::in_progress);
  auto half_way_down = half_way_up;
  half_way_down.direction = Direction::downgrade;
  const auto rows = Rows{half_way_down,
                         changed("a@2", RevisionState::stamped),
                         row_of("a@1"),
                         changed("a@4", RevisionState::skipped),
                         unrecorded,
                         changed("b@1", RevisionState::applied),
                         changed("a@9", RevisionState::applied)};

  const auto found = checksum_mismatches(graph, rows, {"a"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == id_of("a@2"));
  CHECK(found[0].file == "migrations/a/2.up.sql");
  CHECK(found[0].on_disk == Checksum::of("a@2"));
  CHECK(found[0].recorded == Checksum::of("another text"));
  CHECK(found[1].id == id_of("a@3"));
  CHECK(checksum_mismatches(graph, rows, {"a", "b"}).size() == 3);
  CHECK(checksum_mismatches(graph, {half_way_up}, {"a"}).empty());
}
