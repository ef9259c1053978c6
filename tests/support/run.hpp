// Running plans on a test's database, with what happened kept to look at.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "executor/executor.hpp"
#include "support/project.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {

class RecordingObserver : public Observer {
 public:
  void on(const Event& event) override { events.push_back(event); }

  template <class T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> found;
    for (const auto& event : events) {
      if (const auto* one = std::get_if<T>(&event)) found.push_back(*one);
    }
    return found;
  }

  std::vector<Event> events;
};

RunOptions options_for(const TestDatabase& database, std::string command = "upgrade");

/// Plans and runs like the command does. `observer` may be null.
RunOutcome upgrade(const TestDatabase& database, const Project& project, const std::string& target = "head",
                   Observer* observer = nullptr, RunOptions* options = nullptr);
RunOutcome downgrade(const TestDatabase& database, const Project& project, const std::string& target,
                     Observer* observer = nullptr, RunOptions* options = nullptr);

}  // namespace dbmigrate::tests
