// What lint says of the revisions of a plan, with the database's catalog before it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cli/context.hpp"
#include "preview/preview.hpp"

namespace dbmigrate {

/// To be asked for the revisions in the order of the plan: what an earlier one makes is nobody's yet. Reads the catalog
/// at once, through `session`. `context` outlives it.
FindingsFor lint_findings(Context& context, Session& session, std::string_view version_schema);

}  // namespace dbmigrate
