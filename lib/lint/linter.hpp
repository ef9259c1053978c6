// Runs the rules over pieces of SQL in the order in which they would run.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "descriptor/migration.hpp"
#include "lint/rules.hpp"
#include "lint/syntax_check.hpp"

namespace dbmigrate {

/// A finding at its place in a file.
struct LintFinding {
  const Rule* rule = nullptr;
  Severity severity = Severity::error;
  Location at;
  std::string message;
  ObjectName relation;          ///< whose rows and size matter; empty = none
  std::string allowed_because;  ///< the reason that the text gives for letting it pass; empty = it does not
  std::string line;             ///< the source line ...
  int caret = 0;                ///< ... and its character to point at, from 1

  bool operator==(const LintFinding& other) const {
    return rule == other.rule && at == other.at && message == other.message;
  }
};

/// A piece of SQL.
struct LintText {
  SqlText sql;
  TransactionMode transaction = TransactionMode::revision;
  bool continues = false;                    ///< in the same transaction as the one before
  std::optional<Milliseconds> lock_timeout;  ///< that the runner sets; nothing or 0 = none
};

enum class Examined {
  yes,
  no,  ///< only for what it leaves behind
};

/// Findings that a line of the text lets pass.
enum class Allowed {
  left_out,
  told,  ///< with the reason
};

/// One migration, or one file.
struct LintScript {
  std::vector<LintText> texts;
  Examined examined = Examined::yes;
  Allowed allowed = Allowed::left_out;
  bool begins_run = false;  ///< what was made before it is in use
  RuleLevels levels;
};

class Linter {
 public:
  /// `check`: who is asked about statements that the parser does not know; may be empty.
  Linter(KnownSchema schema, PredictionSettings settings, SyntaxCheck check = {})
      : so_far_(std::move(schema), settings), check_(std::move(check)) {}

  /// For scripts whose effect is known better than from their text.
  KnownSchema& schema() { return so_far_.schema(); }

  /// Findings in the order of the text.
  std::vector<LintFinding> run(const LintScript& script);

 private:
  ScriptSoFar so_far_;
  SyntaxCheck check_;
};

}  // namespace dbmigrate
