// What a revision runs: SQL of its own, of a file, or a backfill.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "descriptor/folder.hpp"
#include "descriptor/migration.hpp"
#include "descriptor/sql_file.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {

/// `up:` or `down:` of a descriptor: the name of a file, one step, or a list of either. `files` gets the SQL files it
/// reads. Throws Error{invalid_descriptor} or Error{file_unreadable}.
std::vector<Step> read_steps(const yaml::Value& value, TransactionMode default_mode, Folder& folder,
                             std::vector<std::string>& files);

/// A whole SQL file as one step; of settings it may have `transaction`.
Step step_of_file(SqlText sql, TransactionMode default_mode, Location at);
Step step_of_part(SqlPart part, TransactionMode default_mode, Location at);

/// SQL that a descriptor holds; the text is pointed at where it stands.
SqlText inline_sql(const yaml::Value& value);

/// `direction` is `up` or `down`. Throws Error{invalid_descriptor} when a step has nothing to run, or two backfills
/// share a name.
void check_steps(const std::vector<Step>& steps, std::string_view direction);

}  // namespace dbmigrate
