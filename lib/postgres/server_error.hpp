// Errors of the server as ours: SQLSTATE decides the code, the hint says what to do.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "postgres/session.hpp"

namespace dbmigrate {

/// From the fields of a failed result. `results_before` statements of `sql` had completed.
ServerError server_error_from_result(const PGresult* result, std::string_view sql, int results_before);

/// From libpq's printed form (`ERROR:  …\nDETAIL:  …`).
ServerError server_error_from_text(std::string_view text, std::string sqlstate, std::string_view sql);

/// The connection is gone; `reason` is libpq's text.
ServerError lost_connection(std::string_view reason);
/// The same, after the server's last word `farewell`.
ServerError lost_connection(const ErrorInfo& farewell);

/// Which of our codes a SQLSTATE is; ErrorCode::server_error where it is none in particular.
ErrorCode code_of_sqlstate(std::string_view sqlstate);

}  // namespace dbmigrate
