// Names of types as people write them and as PostgreSQL prints them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate {

/// What format_type() prints for a built-in type that is written in one of its other ways: `timestamptz(3)`, `int4[]`,
/// `VARCHAR( 10 )`. Any other name is returned as it is, but for blanks.
std::string canonical_type(std::string_view written);

/// `printed` comes from format_type() with nothing but pg_catalog on the path; `wanted` from canonical_type(). A type
/// in the schema public may be written without it.
bool same_type(std::string_view wanted, std::string_view printed);

}  // namespace dbmigrate
