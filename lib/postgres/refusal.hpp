// A connection that the server, or the way to it, refused.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace dbmigrate {

/// What libpq printed with PQERRORS_VERBOSE, which is the only way to a SQLSTATE at that time.
struct Refusal {
  std::string text;      ///< one line, as without PQERRORS_VERBOSE
  std::string sqlstate;  ///< of the server that said something last; empty = no server did
};

Refusal refusal_of(std::string_view printed);

/// Error{missing_privilege} for a database that may not be entered, else Error{cannot_connect}.
Error refused_connection(const Refusal& refusal);

/// True for an Error{cannot_connect} that passes by itself: no slot is free, or the server starts, stops or recovers.
bool refusal_passes(const ErrorInfo& info);

}  // namespace dbmigrate
