// A revision's steps as units of work: what commits together.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/adoption.hpp"
#include "ledger/stored_steps.hpp"
#include "planner/plan.hpp"
#include "sql/facts.hpp"
#include "sql/script.hpp"

namespace dbmigrate {

/// One SQL text, split, with what its statements do.
struct Part {
  const SqlText* source = nullptr;
  sql::Script script;
  std::vector<sql::StatementFacts> facts;  ///< one for each statement
};

/// What is recorded at once. Outside a transaction that is one statement.
struct Unit {
  enum class Kind {
    transaction,      ///< all of `parts` in one transaction
    in_transaction,   ///< one statement of a `none` step that may run in one
    outside,          ///< one statement that must run outside
    session_setting,  ///< SET and its kind in a `none` step: sent again when a run resumes behind it
    backfill,         ///< many transactions, with a journal of their own
  };
  Kind kind = Kind::transaction;
  std::vector<Part> parts;     ///< for kind transaction
  const Part* part = nullptr;  ///< else: where the statement stands
  std::size_t statement = 0;
  bool repeatable = false;
  const Backfill* backfill = nullptr;  ///< for kind backfill
  std::string hash;                    ///< of the text, to see on resuming that it is still the same
};

/// Holds on to the steps that its units point into.
struct PreparedRevision {
  RevisionId id;
  Direction direction = Direction::upgrade;
  const Migration* migration = nullptr;  ///< null when only the database knows it
  std::optional<AppliedRevision> row;
  std::optional<Milliseconds> lock_timeout;
  std::optional<Milliseconds> statement_timeout;
  std::shared_ptr<const std::vector<Step>> steps;
  std::vector<std::unique_ptr<Part>> statement_parts;  ///< the texts that `Unit::part` points to
  std::vector<Unit> units;
  std::optional<Adoption> adoption;  ///< there: nothing is run, the revision is recorded as adopted
  StoredLosses losses;               ///< of a downgrade

  /// An earlier run began the upgrade, and steps of it are done or may be. What the revision requires was there then,
  /// and its own steps may have taken it away since.
  [[nodiscard]] bool begun() const {
    if (direction != Direction::upgrade || !row || row->state != RevisionState::in_progress) return false;
    const auto first = units.empty() ? Unit::Kind::transaction : units.front().kind;
    const bool recorded = first == Unit::Kind::transaction || first == Unit::Kind::in_transaction;
    return row->direction == Direction::upgrade && (row->steps_done > 0 || !recorded);
  }

  /// True when it cannot be one transaction.
  [[nodiscard]] bool journalled() const { return units.size() != 1 || units[0].kind != Unit::Kind::transaction; }
};

/// Splits and looks at every statement. Throws before anything runs: Error{invalid_descriptor} for transaction control
/// in a transaction, for a statement that must run outside one (naming the setting to add), for CALL or DO outside one
/// without `repeatable`, for an unnamed concurrent index, for what cannot stand in a batch.
PreparedRevision prepare_upgrade(const PlanStep& step);

/// From the stored steps of the row, so that a changed or missing file changes nothing.
PreparedRevision prepare_downgrade(const PlanStep& step);

/// What takes a revision back that is half-way up: all of its stored downgrade, whose author made it do from any step.
PreparedRevision prepare_undo(const PlanStep& step);

/// Where a statement of a part begins, as an error shows it.
Location location_of(const Part& part, std::size_t statement);

}  // namespace dbmigrate
