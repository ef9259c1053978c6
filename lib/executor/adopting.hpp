// Revisions whose objects are there already: adopt, run, or stop.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "executor/prepared_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Nothing for a revision that is to be run: one that does not adopt, that an earlier run began, or of which nothing is
/// there. Throws Error{expectation_failed} with the difference when it is there in part or otherwise; also when it
/// would be adopted, but its catalog file is missing or was written for another text.
std::optional<Adoption> adoption_of(Session& session, const PreparedRevision& revision,
                                    std::string_view version_schema);

}  // namespace dbmigrate
