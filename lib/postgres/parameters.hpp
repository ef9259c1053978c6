// Parameters of a question, as part of its text.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "postgres/session.hpp"

namespace dbmigrate {

/// `$1` and its kind as literals. Parameters of the extended protocol travel in five messages, and between the first
/// and the last of them a server has a snapshot and no timeout: a client lost there would block CREATE INDEX
/// CONCURRENTLY for ever. A simple query is one message.
std::string with_literals(std::string_view sql, const std::vector<Value>& parameters);

}  // namespace dbmigrate
