// Down through the parents, as long as there is one.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/cycle_group.hpp"

#include <algorithm>
#include <cstddef>

#include "rehearsal/cycle_comparison.hpp"

namespace dbmigrate {
namespace {

using What = CycleDifference::What;

constexpr std::size_t kMostMembers = 8;
constexpr std::string_view kTable = "table ";

bool has_relation(const Snapshot& snapshot, const std::string& identity) {
  for (const auto kind : {ObjectKind::table, ObjectKind::foreign_table, ObjectKind::view, ObjectKind::materialized_view,
                          ObjectKind::composite_type, ObjectKind::type}) {
    if (snapshot.find({kind, identity}) != nullptr) return true;
  }
  return false;
}

/// Whether what differs was there, or had its place, before the revision that `start` is from.
bool concerns(const CycleDifference& difference, const CycleState& start) {
  if (difference.what == What::rows_left) return start.rows.contains(difference.object.substr(kTable.size()));
  const auto& object = difference.difference->object;
  const auto relation = owner_relation(object);
  if (!relation.empty() && !has_relation(start.catalog, relation)) return false;
  const auto schema = schema_of(object.key);
  if (!schema.empty() && schema != "public" && object.key.kind != ObjectKind::schema &&
      start.catalog.find({ObjectKind::schema, schema}) == nullptr) {
    return false;
  }
  return difference.difference->kind == Difference::Kind::unexpected || start.catalog.find(object.key) != nullptr;
}

bool is_back(const CycleState& start, RehearsalDatabase& database, const std::vector<CycleDifference>& differences) {
  const auto catalog = read_snapshot(database.session(), database.version_schema());
  if (!compare_catalogs(start.catalog, catalog).differences.empty()) return false;
  TableReader reader(database.session(), catalog);
  const auto columns = columns_of_tables(start.catalog);
  return std::all_of(differences.begin(), differences.end(), [&](const CycleDifference& one) {
    if (one.what != What::rows_left) return true;
    const auto table = one.object.substr(kTable.size());
    return reader.digest(table, columns.at(table)) == start.rows.at(table);
  });
}

}  // namespace

bool is_left_by_downgrade(const CycleDifference& difference) {
  return difference.when == CycleDifference::When::downgrade &&
         (difference.what == What::object || difference.what == What::rows_left);
}

std::vector<RevisionId> CycleGroupSearch::find(RevisionIndex revision, RehearsalDatabase& undone,
                                               const std::vector<CycleDifference>& differences) const {
  std::vector<CycleDifference> left;
  for (const auto& one : differences) {
    if (is_left_by_downgrade(one)) left.push_back(one);
    if (one.what == What::rows_lost) return {};
  }
  RehearsalDatabase database(undone);
  std::vector<RevisionIndex> members{revision};
  try {
    while (true) {
      const auto& parents = graph.parents(members.back());
      const auto start = parents.size() == 1 ? starts.find(parents.front()) : starts.end();
      if (start == starts.end() || members.size() == kMostMembers) return {};
      const bool all_concern = std::all_of(left.begin(), left.end(),
                                           [&](const CycleDifference& one) { return concerns(one, start->second); });
      if (!all_concern) return {};
      database.downgrade(parents.front(), RowsAtStake::let_go);
      members.push_back(parents.front());
      if (is_back(start->second, database, left)) break;
    }
    for (auto member = members.rbegin(); member != members.rend(); ++member) database.try_upgrade(*member);
  } catch (const Error& error) {
    // Whatever stops the neighbours, they are no way back.
    if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::terminated) throw;
    return {};
  }
  const auto again = read_snapshot(database.session(), database.version_schema());
  if (!compare_catalogs(up.catalog, again).differences.empty()) return {};
  std::vector<RevisionId> ids;
  for (const auto member : members) ids.push_back(graph.migration(member).id);
  return ids;
}

}  // namespace dbmigrate
