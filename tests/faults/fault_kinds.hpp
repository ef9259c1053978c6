// The faults that a sweep knows.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "faults/proxy.hpp"

namespace dbmigrate::faults {

/// What happens, to whom, and how the program may end.
struct FaultKind {
  std::string name;
  std::string about;
  Fault::Kind kind = Fault::Kind::cut;
  Fault::Scope scope = Fault::Scope::all;
  Fault::Later later = Fault::Later::refuse;
  bool lock_connection = false;    ///< numbers the messages of the lock's connection instead of the worker's
  int signal = 0;                  ///< to the program, at the message
  bool server_stops = false;       ///< at the message, and starts again before the re-run
  std::vector<int> exits;          ///< that the struck run may end with; before it began also 4
  std::vector<std::string> flags;  ///< for the program
  std::chrono::milliseconds ends_within{120'000};  ///< the struck run
  std::chrono::milliseconds patience{5'000};       ///< until nothing of ours is left on the server

  /// The struck run may go on by itself, and then has to.
  [[nodiscard]] bool heals() const { return later == Fault::Later::accept; }
};

const std::vector<FaultKind>& fault_kinds();

/// Counts and does nothing; as the lock's connection or the worker's is counted by `like`.
FaultKind no_fault(const FaultKind& like);

}  // namespace dbmigrate::faults
