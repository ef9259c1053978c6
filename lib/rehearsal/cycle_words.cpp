// What the values of a cycle are called.
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>

#include "rehearsal/cycle.hpp"

namespace dbmigrate {

std::string_view name_of(CycleVerdict verdict) {
  constexpr std::array<std::string_view, 10> kNames{"restores",     "order_only", "clock",      "group",
                                                    "rows_left",    "differs",    "down_fails", "up_again_fails",
                                                    "irreversible", "skipped"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

bool passes(CycleVerdict verdict) {
  switch (verdict) {
    case CycleVerdict::group:
    case CycleVerdict::rows_left:
    case CycleVerdict::differs:
    case CycleVerdict::down_fails:
    case CycleVerdict::up_again_fails:
      return false;
    default:
      return true;
  }
}

std::string_view name_of(CycleDifference::When when) {
  constexpr std::array<std::string_view, 5> kNames{"upgrade", "downgrade", "second upgrade", "adopting",
                                                   "downgrade of the adopted"};
  return kNames.at(static_cast<std::size_t>(when));
}

std::string_view name_of(CycleDifference::What what) {
  constexpr std::array<std::string_view, 8> kNames{"object",    "order",     "clock",       "rows_left",
                                                   "rows_lost", "row_count", "golden_rows", "failure"};
  return kNames.at(static_cast<std::size_t>(what));
}

}  // namespace dbmigrate
