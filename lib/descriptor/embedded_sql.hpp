// SQL of a descriptor that will stand inside statements of ours: it must not be able to end them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "descriptor/migration.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {

/// One condition, as it may stand in parentheses. Throws Error{invalid_descriptor} for a semicolon, a parenthesis,
/// quote or comment that is not closed or closes what it did not open, and a command of psql's.
std::string read_condition(const yaml::Value& value);

/// Throws Error{invalid_descriptor} at `value` unless `sql` is one statement that leaves the transaction alone, as it
/// may stand in parentheses. Returns its text without the semicolon and what follows.
std::string one_query(const yaml::Value& value, const std::string& sql);

/// The name of an object, with its schema or table before a dot. Throws Error{invalid_descriptor} where a part is longer
/// than PostgreSQL keeps: cut, it may be the name of something else.
std::string read_object_name(const yaml::Value& value);

}  // namespace dbmigrate
