// An Error as text and as JSON.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/error.hpp"
#include "core/json_fwd.hpp"
#include "report/paint.hpp"

namespace dbmigrate {

/// `error: …`, `detail: …`, `hint: …`, one a line; what is empty is left out. The place and the SQLSTATE open the
/// detail. Further lines of a detail are indented.
std::string error_text(const ErrorInfo& error, const Paint& paint);

/// SPEC §5; every key is there, null where nothing is known.
Json error_json(const ErrorInfo& error);

}  // namespace dbmigrate
