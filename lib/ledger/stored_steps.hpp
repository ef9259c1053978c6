// The steps of a downgrade as the version table keeps them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "descriptor/migration.hpp"

namespace dbmigrate {

/// A downgrade with its SQL inlined, so that a checkout without the revision can still take it back.
struct StoredSteps {
  TransactionMode transaction = TransactionMode::revision;
  std::optional<Milliseconds> lock_timeout;
  std::optional<Milliseconds> statement_timeout;
  std::vector<Step> steps;
};

/// The down of `migration`; empty text when it is irreversible.
std::string stored_down_steps(const Migration& migration);

/// Throws Error{state_conflict} for text that this version cannot read.
StoredSteps read_stored_steps(std::string_view json, const RevisionId& id);

}  // namespace dbmigrate
