// A rule: when it fires, why that matters, and what to write instead, proven by examples.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "descriptor/migration.hpp"
#include "lint/script_so_far.hpp"
#include "lint/statement.hpp"

namespace dbmigrate {

/// What a rule has to say of one statement.
struct Finding {
  std::size_t at = 0;                  ///< bytes into the statement
  std::string message;                 ///< one fact, lower case, no full stop
  ObjectName relation{};               ///< whose rows and size matter; empty = none
  std::optional<Severity> severity{};  ///< where this one differs from the rule's
};

/// Whether a rule is in force where the settings say nothing of it.
enum class Usual { on, off };

struct Rule {
  std::string id;
  Severity severity = Severity::error;
  std::string trigger;  ///< when it fires, in a sentence; so are the next two
  std::string effect;
  std::string remedy;
  std::string source;  ///< where PostgreSQL, or whoever found it out, says so
  // Examples in SQL. They run in one transaction, unless they say `-- dbmigrate: transaction=none` or have a statement
  // that cannot.
  std::string given;  ///< the migration before; others use what it makes
  std::string bad;
  std::string good;
  std::string fails{};  ///< SQLSTATE with which a server refuses `bad`; empty = it takes it
  Usual usual = Usual::on;
  int fires_until = 0;  ///< the last server version that has the trouble; 0 = all
  int good_since = 13;  ///< the first server version that takes `good`
  std::vector<Finding> (*check)(const Statement& statement, const ScriptSoFar& so_far) = nullptr;
};

}  // namespace dbmigrate
