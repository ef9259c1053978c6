// The steps of a downgrade as the version table keeps them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "descriptor/migration.hpp"
#include "sql/facts.hpp"

namespace dbmigrate {

/// What tells whether a downgrade would lose rows.
struct StoredLosses {
  /// True: the author's `loses` speak, and nothing else counts. False: tables and columns that the upgrade's
  /// statements are seen to make.
  bool declared = false;
  std::vector<Loss> queries;
  std::vector<sql::ObjectName> tables;
  std::vector<sql::AddedColumn> columns;
};

/// A downgrade with its SQL inlined, so that a checkout without the revision can still take it back.
struct StoredSteps {
  TransactionMode transaction = TransactionMode::revision;
  std::optional<Milliseconds> lock_timeout;
  std::optional<Milliseconds> statement_timeout;
  std::vector<Step> steps;
  StoredLosses losses;
};

/// The down of `migration`; empty text when it is irreversible.
std::string stored_down_steps(const Migration& migration);

/// Throws Error{state_conflict} for text that this version cannot read.
StoredSteps read_stored_steps(std::string_view json, const RevisionId& id);

}  // namespace dbmigrate
