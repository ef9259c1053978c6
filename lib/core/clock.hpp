// Time as this process sees it: for waiting, never for what is recorded.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dbmigrate {

/// Steady: only differences mean anything. What is recorded comes from the server's clock.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;
  /// Returns early, with false, when an interruption arrives (core/interrupt.hpp).
  virtual bool sleep(std::chrono::milliseconds duration) = 0;
};

/// The machine's own.
Clock& system_clock();

}  // namespace dbmigrate
