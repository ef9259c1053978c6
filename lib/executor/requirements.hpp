// `requires`: what must be there before a revision runs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "executor/prepared_revision.hpp"
#include "executor/run_options.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// A query with one boolean: true = met. For `sql` requirements the author's query stands inside.
std::string requirement_sql(const Requirement& requirement);

/// `table documents exists`, for people.
std::string requirement_text(const Requirement& requirement);

/// One that is not met.
struct UnmetRequirement {
  RevisionId id;
  const Requirement* requirement = nullptr;
  std::string why;  ///< a sentence: the rows that should not be there, or that the server could not be asked
};

std::vector<UnmetRequirement> unmet_requirements(Session& session, const Migration& migration,
                                                 const RunOptions& options);

/// Throws Error{requirement_unmet} that lists all of them.
[[noreturn]] void throw_unmet(const std::vector<UnmetRequirement>& unmet);

/// Before anything runs: every requirement of the plan that no earlier revision of it can influence. The others are
/// checked as their revision starts.
void require_before_run(Session& session, const std::vector<PreparedRevision>& plan, const RunOptions& options);

}  // namespace dbmigrate
