// The version table and its companions, as SQL.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate {

/// The form of the tables that this program writes.
inline constexpr int kLedgerVersion = 2;

/// Creates what is missing and brings older forms up to this one; every statement ends in a semicolon and may run
/// again.
std::string ledger_creation_sql(std::string_view schema);

}  // namespace dbmigrate
