// From the top of each branch down, as long as nothing is found.
// SPDX-License-Identifier: Apache-2.0
#include "validation/gone_revisions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "catalog/catalog_file.hpp"
#include "catalog/dated_names.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

bool is_relation(ObjectKind kind) {
  return kind == ObjectKind::table || kind == ObjectKind::foreign_table || kind == ObjectKind::view ||
         kind == ObjectKind::materialized_view;
}

std::vector<std::string> relations_of(const Migration& migration, const AppliedRevision& row) {
  std::vector<std::string> relations;
  const auto file = load_catalog_file(migration);
  if (!file || file->checksum != row.checksum) return relations;
  for (const auto& added : file->adds) {
    if (is_relation(added.key.kind) && !has_day_left_out(added.key.identity)) relations.push_back(added.key.identity);
  }
  return relations;
}

bool any_is_there(Session& session, const std::vector<std::string>& relations) {
  std::string names;
  for (const auto& one : relations) names += (names.empty() ? "" : ", ") + sql::quote_literal(one);
  const auto found = session.query(
      fmt::format("SELECT pg_catalog.count(*) FROM pg_catalog.unnest(ARRAY[{}]::pg_catalog.text[]) AS name "
                  "WHERE pg_catalog.to_regclass(name) IS NOT NULL",
                  names));
  return found.text(0, 0) != "0";
}

class Looking {
 public:
  Looking(Session& session, const RevisionGraph& graph, const std::vector<AppliedRevision>& rows)
      : session_(session), graph_(graph) {
    for (const auto& row : rows) {
      const auto index = graph.find(row.id);
      if (index && row.state != RevisionState::skipped) rows_.emplace(*index, &row);
    }
  }

  void look_at(RevisionIndex index) {
    const auto found = rows_.find(index);
    if (found == rows_.end() || !is_on_top(index)) return;
    const auto& row = *found->second;
    if (row.state != RevisionState::applied && row.state != RevisionState::adopted) return;
    auto relations = relations_of(graph_.migration(index), row);
    if (relations.empty() || any_is_there(session_, relations)) return;
    gone_.insert(index);
    result_.push_back({row, std::move(relations)});
  }

  std::vector<GoneRevision> result() && { return std::move(result_); }

 private:
  [[nodiscard]] bool is_on_top(RevisionIndex index) const {
    const auto stands = [&](RevisionIndex other) { return rows_.contains(other) && !gone_.contains(other); };
    return std::none_of(graph_.children(index).begin(), graph_.children(index).end(), stands) &&
           std::none_of(graph_.dependents(index).begin(), graph_.dependents(index).end(), stands);
  }

  Session& session_;
  const RevisionGraph& graph_;
  std::map<RevisionIndex, const AppliedRevision*> rows_;
  std::set<RevisionIndex> gone_;
  std::vector<GoneRevision> result_;
};

}  // namespace

std::vector<GoneRevision> gone_revisions(Session& session, const RevisionGraph& graph,
                                         const std::vector<AppliedRevision>& rows,
                                         const std::vector<std::string>& branches) {
  Looking looking(session, graph, rows);
  for (const auto& branch : branches) {
    const auto& revisions = graph.revisions(branch);
    std::for_each(revisions.rbegin(), revisions.rend(), [&](RevisionIndex index) { looking.look_at(index); });
  }
  return std::move(looking).result();
}

}  // namespace dbmigrate
