// Rows for a rehearsal: what is in the tables before a revision runs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/revision_graph.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// `-- dbmigrate: allow rows_left TABLE reason` or `-- dbmigrate: allow differs TABLE.COLUMN reason`: what the
/// revision's downgrade may do to rows, knowingly.
struct RowAllowance {
  enum class Kind { rows_left, differs } kind = Kind::rows_left;
  std::string object;  ///< as catalogs have it: `public.t`, `public.t.x`
  std::string reason;

  bool operator==(const RowAllowance&) const = default;
};
std::string_view name_of(RowAllowance::Kind kind);

/// One file: SQL that runs before its revision does, in one transaction.
struct Fixture {
  SqlText sql;
  std::vector<RowAllowance> allowances;
};

class Fixtures {
 public:
  /// No rows at all.
  Fixtures() = default;
  /// REVISION.sql from `fixtures` in the folder of each branch; where `directory` is given, from its folders called
  /// like the branches instead, or from itself where the graph has one branch. Throws Error{file_unreadable}, and
  /// Error{invalid_descriptor} for a file of no revision, a folder of no branch, or an allowance that says nothing.
  Fixtures(const RevisionGraph& graph, const std::filesystem::path& directory);

  /// Null where a revision has none.
  [[nodiscard]] const Fixture* of(RevisionIndex revision) const;

 private:
  void read_folder(const RevisionGraph& graph, const std::string& branch, const std::filesystem::path& folder);

  std::map<RevisionIndex, Fixture> by_revision_;
};

/// Throws Error{migration_failed} at the place of the statement that fails.
void load_fixture(Session& session, const Fixture& fixture);

}  // namespace dbmigrate
