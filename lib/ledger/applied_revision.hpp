// One row of the version table.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/checksum.hpp"
#include "core/revision_id.hpp"

namespace dbmigrate {

enum class Direction { upgrade, downgrade };
enum class RevisionState { applied, adopted, stamped, skipped, in_progress };

std::string_view name_of(Direction direction);
std::string_view name_of(RevisionState state);

/// A revision in effect in this database, or on its way.
struct AppliedRevision {
  RevisionId id;
  RevisionState state = RevisionState::applied;
  Direction direction = Direction::upgrade;  ///< of what is in progress; upgrade for all other states
  std::vector<std::string> parents;          ///< names in the same branch
  std::vector<std::string> depends_on;       ///< as `branch@name`
  Checksum checksum;                         ///< of the migration as it ran, not as the file reads now
  std::string description;
  std::string down_steps;  ///< JSON (ledger/stored_steps.hpp); empty when irreversible
  int steps_done = 0;
  int steps_total = 0;
  std::string step_hashes;  ///< one checksum a line of the steps done, while a journalled revision is in progress
  std::vector<std::string> extensions;  ///< that it declares
  /// Those of them that were not there before, and that its downgrade drops unless another revision declares them.
  std::vector<std::string> created_extensions;
  std::string applied_at;  ///< the server's clock, ISO 8601 UTC
  std::string applied_by;  ///< database user
  std::chrono::milliseconds took{0};
  std::string run_id;

  /// In effect for planning: a skipped revision is tried again, one on its way up is finished first.
  [[nodiscard]] bool settled() const {
    return state == RevisionState::applied || state == RevisionState::adopted || state == RevisionState::stamped;
  }
};

}  // namespace dbmigrate
