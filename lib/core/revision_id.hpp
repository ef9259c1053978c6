// The identity of a revision: its branch and its name within it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <functional>
#include <string>

namespace dbmigrate {

/// Equal and ordered by bytes: a map's order, not the order in which revisions run.
struct RevisionId {
  std::string branch;  ///< the folder's name, `main` for a directory without folders
  std::string name;    ///< `001_add_extensions`

  auto operator<=>(const RevisionId&) const = default;
  /// `life_graph@001_add_extensions`
  [[nodiscard]] std::string text() const { return branch + "@" + name; }
};

}  // namespace dbmigrate

template <>
struct std::hash<dbmigrate::RevisionId> {
  std::size_t operator()(const dbmigrate::RevisionId& id) const noexcept {
    return std::hash<std::string>{}(id.name) * 31 + std::hash<std::string>{}(id.branch);
  }
};
