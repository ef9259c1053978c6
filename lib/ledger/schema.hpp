// The version table and its companions, as SQL.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate {

/// The form of the tables that this program writes.
inline constexpr int kLedgerVersion = 1;

/// Creates what is missing; every statement ends in a semicolon and may run again.
std::string ledger_creation_sql(std::string_view schema);

}  // namespace dbmigrate
