// Texts that speak of what extensions brought along, wherever an extension stands.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

namespace dbmigrate {

/// The names of functions, types, operators and operator classes that extensions brought along, each with the schemas
/// where one of that name is. All as SQL writes them.
using ExtensionNames = std::map<std::string, std::set<std::string>>;

/// True where `expected` and `live` differ in nothing but the schemas of such names. `names` are those of the database
/// that `live` comes from; where the extension stood when `expected` was written is not known, nor does it matter.
bool same_but_for_schemas(const std::string& expected, const std::string& live, const ExtensionNames& names);

}  // namespace dbmigrate
