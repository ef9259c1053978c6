// SQL without the values in it, for logs that must not hold any.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate::sql {

/// `statement` with every constant replaced by `$1`, `$2` …: passwords and row contents do not survive. For what the
/// parser does not know, only its first words. Cut to 2,000 bytes.
std::string without_literals(std::string_view statement);

}  // namespace dbmigrate::sql
