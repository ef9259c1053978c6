// Graphs, version rows and plans in one line each.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/words.hpp"
#include "graph/revision_graph.hpp"

namespace dbmigrate {

inline std::ostream& operator<<(std::ostream& out, const RevisionId& id) { return out << id.text(); }

/// `persons@001`, or `001` of branch main.
inline RevisionId id_of(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return {"main", std::string(text)};
  return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

struct RevisionSpec {
  std::string id;
  std::vector<std::string> parents;
  std::vector<std::string> depends_on = {};  ///< as `branch@name`
  std::string hold = {};
};

inline Migration migration_of(const RevisionSpec& spec) {
  Migration migration;
  migration.id = id_of(spec.id);
  migration.parents = spec.parents;
  for (const auto& dependency : spec.depends_on) migration.depends_on.push_back(id_of(dependency));
  migration.hold = spec.hold;
  migration.checksum = Checksum::of(migration.id.text());
  migration.file = "migrations/" + migration.id.branch + "/" + migration.id.name + ".up.sql";
  return migration;
}

/// Files in the order given, as no directory would give them: nothing may rest on it.
inline MigrationSet set_of(const std::vector<RevisionSpec>& specs) {
  MigrationSet set;
  for (const auto& spec : specs) {
    set.migrations.push_back(migration_of(spec));
    const auto& branch = set.migrations.back().id.branch;
    const auto same = [&](const BranchInfo& info) { return info.name == branch; };
    if (std::none_of(set.branches.begin(), set.branches.end(), same)) set.branches.push_back({branch, "", branch});
  }
  std::sort(set.branches.begin(), set.branches.end(),
            [](const auto& a, const auto& b) { return natural_order(a.name, b.name) < 0; });
  return set;
}

inline RevisionGraph graph_of(const std::vector<RevisionSpec>& specs) { return RevisionGraph(set_of(specs)); }

}  // namespace dbmigrate
