// A plan that was looked at, to be carried out as it was or not at all.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "planner/plan.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// What must still be so when the plan is carried out.
struct PlanFile {
  std::string target;  ///< as it was asked for
  bool through_holds = false;
  std::string database;                ///< its name and the identifier of its server
  std::int64_t generation = 0;         ///< of the version table; 0 = there was none
  std::string schema;                  ///< digest of the catalog
  std::string files;                   ///< digest of every file of the migrations directory
  std::vector<std::string> revisions;  ///< as `branch@name CHECKSUM`, in the order in which they run

  bool operator==(const PlanFile&) const = default;
};

/// As it is now. Only reads.
PlanFile plan_file_of(const Plan& plan, std::string target, bool through_holds, const LedgerState& state,
                      Session& session, std::string_view version_schema, const std::filesystem::path& directory);

void write_plan_file(const std::filesystem::path& path, const PlanFile& plan);

/// Throws Error{file_unreadable}, Error{invalid_descriptor} for what is no plan file.
PlanFile read_plan_file(const std::filesystem::path& path);

/// Throws Error{refused} for another database, Error{state_conflict} for one that changed since,
/// Error{checksum_mismatch} for files that did.
void require_same_plan(const PlanFile& written, const PlanFile& now, const std::filesystem::path& path);

}  // namespace dbmigrate
