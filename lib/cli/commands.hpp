// Every command of the program.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace dbmigrate {

/// In the order in which `dbmigrate help` lists them.
const std::vector<Command>& commands();

/// By its whole name; null when there is none.
const Command* find_command(std::string_view name);

/// The commands whose names begin with `family` and a space.
std::vector<const Command*> commands_of_family(std::string_view family);

/// Each command's first word, once.
std::vector<std::string> command_words();

}  // namespace dbmigrate
