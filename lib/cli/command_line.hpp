// A command line: which command it names, and the values of its flags.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"

namespace dbmigrate {

/// What stands on a command line before its flags are looked at.
struct CommandLine {
  const Command* command = nullptr;    ///< null where none is named
  std::string family;                  ///< the first word of a family (`embedded`) when its second one is missing
  std::vector<std::string> arguments;  ///< everything but the command's name
  bool wants_help = false;             ///< --help or -h
  bool wants_version = false;          ///< --version, with no command
};

/// Finds the command; common flags may stand before it. Throws Error{usage} for a word that is none.
CommandLine read_command_line(const std::vector<std::string>& words);

/// Gives every value to its flag. Throws Error{usage} for unknown flags, missing or superfluous arguments.
void parse(const std::string& command, FlagSet& flags, const std::vector<std::string>& arguments);

/// The last `--format` (or other `flag` with a value) in any words, also where they make no sense otherwise.
std::string value_anywhere(const std::vector<std::string>& words, const std::string& flag);

}  // namespace dbmigrate
