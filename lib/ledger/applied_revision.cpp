// Names of states and directions, as the version table holds them.
// SPDX-License-Identifier: Apache-2.0
#include "ledger/applied_revision.hpp"

namespace dbmigrate {

std::string_view name_of(Direction direction) { return direction == Direction::upgrade ? "upgrade" : "downgrade"; }

std::string_view name_of(RevisionState state) {
  switch (state) {
    case RevisionState::applied: return "applied";
    case RevisionState::adopted: return "adopted";
    case RevisionState::stamped: return "stamped";
    case RevisionState::skipped: return "skipped";
    case RevisionState::in_progress: return "in_progress";
  }
  return "";
}

}  // namespace dbmigrate
