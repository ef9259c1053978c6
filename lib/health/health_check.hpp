// What a check is: a question, how bad its answers are, and what mends them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "health/health_status.hpp"
#include "health/health_unit.hpp"

namespace dbmigrate {

class Probe;

/// An object with something to be said of it.
struct HealthFinding {
  std::string object;                    ///< kind and name, as SQL writes it: `index public.users_email`
  std::string detail;                    ///< follows the object: `is missing`
  std::string fix;                       ///< SQL or a command that mends it
  std::optional<double> value{};         ///< where the check measures; judged by the thresholds
  std::optional<HealthStatus> status{};  ///< whatever the thresholds say; where nothing is measured, else the severity

  bool operator==(const HealthFinding&) const = default;
};

/// What a check saw.
struct Look {
  std::vector<HealthFinding> findings{};  ///< of a measuring check all that it measured, of another what is wrong
  std::string says{};                     ///< stands behind the title, also when all is well; may be empty
};

/// A check that cannot tell: thrown by what it looks with, becomes UNKNOWN for this check alone.
struct CannotTell {
  std::string why;  ///< a phrase
  std::string fix;
};

/// The headings of the reference.
enum class HealthSection { migrations, schema, capacity, concurrency, replication, server };

/// What a role needs to see the whole answer.
enum class HealthNeed { nothing, statistics };

/// Which side of a threshold is bad.
enum class HealthSide { above, below };

struct HealthCheck {
  std::string id;
  std::string title;  ///< said of a healthy database
  HealthSection section;
  HealthStatus severity;  ///< of a finding that is not measured, or has no limit of its own
  HealthUnit unit = HealthUnit::objects;
  /// A value beyond it is a warning, or critical. For `objects` the number of findings; the severity's is 0 there.
  std::optional<double> warning{};
  std::optional<double> critical{};
  HealthSide side = HealthSide::above;
  HealthNeed need = HealthNeed::nothing;
  std::string looks_at;  ///< a sentence
  std::string why;       ///< why it matters, sentences
  std::string remedy;    ///< with NAME for names
  Look (*look)(Probe&);
};

}  // namespace dbmigrate
