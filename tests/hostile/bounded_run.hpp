// The program itself, run as a user runs it, with limits on time and memory and everything it did kept.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace dbmigrate::tests {

struct RunLimits {
  std::chrono::seconds time{60};
  long memory_mb = 400;  ///< of the largest resident set; a build with a sanitizer gets a multiple
};

struct BoundedOutcome {
  int status = -1;  ///< the exit status; 128 + the signal when one ended it
  std::string out;
  std::string err;
  long peak_mb = 0;
  std::chrono::milliseconds took{0};
  bool ended_by_itself = true;  ///< false: it was killed when its time was over
  bool within_memory = true;

  [[nodiscard]] std::string both() const { return out + err; }
  [[nodiscard]] bool says(std::string_view part) const;
};

using Variables = std::vector<std::pair<std::string, std::string>>;

/// Waits for its end. `variables` is the whole environment; `folder` where it runs.
BoundedOutcome run_bounded(const std::string& program, std::vector<std::string> words, const Variables& variables,
                           const std::string& folder, const RunLimits& limits = {});

}  // namespace dbmigrate::tests
