// The manual that the program carries.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "report/paint.hpp"

namespace dbmigrate {

/// Every command with its purpose, by section. `width` 0 = a page of usual width.
std::string overview_text(int width, const Paint& paint);

/// The commands of one family (`embedded`).
std::string family_text(std::string_view family, int width, const Paint& paint);

/// One command's page: usage, description, flags with defaults, exit statuses, examples.
std::string command_text(const Command& command, int width, const Paint& paint);

/// `-v, --verbose`, `--url URL`, `TARGET`
std::string term_of(const Flag& flag);

/// What it is for, with its choices and default.
std::string text_of(const Flag& flag);

/// Whether a common flag does something for a command of this reach; true for a command's own.
bool matters(const Flag& flag, Reach reach);

/// The exit statuses on its page, those that every command has included.
std::vector<ExitCodeEntry> exits_of(const Command& command);

/// `dbmigrate upgrade [TARGET] [FLAGS]`
std::string usage_text(const Command& command, const FlagSet& own_flags);

}  // namespace dbmigrate
