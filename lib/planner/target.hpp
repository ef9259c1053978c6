// What a target on the command line means in one database.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/database_view.hpp"

namespace dbmigrate {

struct Target {
  enum class Kind {
    head,      ///< of every one of `branches`
    base,      ///< nothing of `branches`
    current,   ///< where every one of `branches` stands
    revision,  ///< ID, ID+N or ID-N
    up,        ///< +N in the one branch of `branches`
    down,      ///< -N in the one branch of `branches`
  };
  Kind kind = Kind::head;
  std::vector<std::string> branches;  ///< for a revision, its own
  Node revision = 0;                  ///< for a revision
  /// The revision that was written out: `revision` itself for ID, the start for ID+N, none for ID-N.
  std::optional<Node> named;
  std::size_t steps = 0;  ///< N of +N and -N, at least 1
};

/// Throws Error{ambiguous_target} or Error{unknown_target}; `branches` are the selected ones, never empty.
Target parse_target(const DatabaseView& view, std::string_view text, const std::vector<std::string>& branches);

/// The one head of each branch that has revisions. Throws Error{invalid_graph} that names the heads and the commands
/// that join them.
std::vector<Node> only_heads(const RevisionGraph& graph, const std::vector<std::string>& branches);

/// Settled revisions of `branch` with nothing settled above them.
std::vector<Node> current_of(const DatabaseView& view, std::string_view branch);

/// The first `steps` revisions of `branch` that are not settled, in the order in which they run. Throws
/// Error{unknown_target} when there are fewer.
std::vector<Node> next_pending(const DatabaseView& view, const std::string& branch, std::size_t steps);

/// Throws Error{unknown_target} for a revision that only the version table has.
void require_in_files(const DatabaseView& view, Node node);

/// `steps` parents below `from`; empty = the base. Throws Error{ambiguous_target} where a merge lies on the way and
/// Error{unknown_target} where the way is too short.
std::optional<Node> revision_below(const DatabaseView& view, Node from, std::size_t steps);

/// Throws Error{ambiguous_target} that lists `candidates`, one a line, each in a form that would work.
[[noreturn]] void throw_ambiguous(std::string_view text, std::string_view what,
                                  const std::vector<std::string>& candidates);

/// As they would be written to name just one.
std::vector<std::string> texts_of(const DatabaseView& view, const std::vector<Node>& nodes);

/// `1 revision`, `2 revisions`
std::string count_of_revisions(std::size_t count);

}  // namespace dbmigrate
