// From a command line to an exit status.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/context.hpp"

namespace dbmigrate {

/// What main() does: this process's own arguments, environment and terminal.
int run_program(int argc, char** argv);

/// `words` without the program's name. Never throws for what a user can cause: the outcome is told on the console.
ExitCode run_command_line(const std::vector<std::string>& words, World& world);

}  // namespace dbmigrate
