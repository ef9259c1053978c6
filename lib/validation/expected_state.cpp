// Rows in the graph's order, each with its catalog file.
// SPDX-License-Identifier: Apache-2.0
#include "validation/expected_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace dbmigrate {
namespace {

class Folding {
 public:
  explicit Folding(const RevisionGraph& graph) : graph_(graph) {}

  ExpectedState fold(const std::vector<AppliedRevision>& rows) {
    std::vector<std::pair<std::size_t, const AppliedRevision*>> in_order;
    for (const auto& row : rows) {
      if (row.state == RevisionState::skipped) continue;
      const auto index = graph_.find(row.id);
      if (!index) {
        unknown(row.id, "It is not among the files.");
      } else if (!row.settled()) {
        unknown(row.id, "It is half-way.");
      } else {
        in_order.emplace_back(graph_.rank(*index), &row);
      }
    }
    std::sort(in_order.begin(), in_order.end());
    for (const auto& [rank, row] : in_order) add(*row, graph_.migration(*graph_.find(row->id)));
    return std::move(state_);
  }

 private:
  void add(const AppliedRevision& row, const Migration& migration) {
    const auto file = load_catalog_file(migration);
    const auto path = catalog_path(migration).string();
    if (!file) return unknown(row.id, fmt::format("There is no {}.", path));
    if (file->checksum != row.checksum) {
      return unknown(row.id, fmt::format("It ran as {}, and {} is of {}.", row.checksum.short_form(), path,
                                         file->checksum.short_form()));
    }
    state_.catalog.add(*file, row.state == RevisionState::adopted ? Origin::adopted : Origin::ran);
  }

  void unknown(const RevisionId& id, std::string why) { state_.unknown.push_back({id, std::move(why)}); }

  const RevisionGraph& graph_;
  ExpectedState state_;
};

}  // namespace

ExpectedState expected_state(const RevisionGraph& graph, const std::vector<AppliedRevision>& rows) {
  return Folding(graph).fold(rows);
}

void require_known(const ExpectedState& state) {
  if (state.unknown.empty()) return;
  std::string detail;
  std::set<std::string> branches;
  for (const auto& one : state.unknown) {
    detail += fmt::format("{}{}: {}", detail.empty() ? "" : "\n", one.id.text(), one.why);
    branches.insert(one.id.branch);
  }
  std::string command = "dbmigrate catalog";
  for (const auto& branch : branches) command += " --branch " + branch;
  throw Error({.code = ErrorCode::expectation_failed,
               .message = "what the database should look like is not known",
               .detail = std::move(detail),
               .hint = fmt::format("Use the checkout that was applied here, with its catalog files; `{}` writes those "
                                   "that are missing or stale.",
                                   command)});
}

}  // namespace dbmigrate
