// The keys that a descriptor and the comments of a SQL file share, and the defaults of branch.yaml.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/lint_level.hpp"
#include "descriptor/folder.hpp"
#include "descriptor/migration.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {

/// `branch.yaml`: what its revisions have unless they say otherwise, and what the branch is for.
struct BranchDefaults {
  std::string description;
  Kind kind = Kind::schema;
  TransactionMode transaction = TransactionMode::revision;
  std::optional<Milliseconds> lock_timeout;
  std::optional<Milliseconds> statement_timeout;
  std::vector<LintLevel> lint_levels;
};

/// Throws Error{invalid_descriptor}. The defaults of a folder that has no branch.yaml are those above.
BranchDefaults read_branch_file(const Folder& folder);

/// A revision with the branch's defaults, before its own file is read.
Migration new_migration(RevisionId id, const BranchDefaults& defaults);

/// The keys of both forms.
const std::vector<std::string>& header_keys();

/// Reads what is there of header_keys() into `migration`. Throws Error{invalid_descriptor}.
void read_header(const yaml::Mapping& header, Migration& migration);

TransactionMode read_transaction(const yaml::Value& value);

/// Throws Error{invalid_descriptor} at `at` when `id` has a name that it cannot have.
void check_name(const RevisionId& id, const Location& at);

}  // namespace dbmigrate
