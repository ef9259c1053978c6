// What the program knows of one command.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/flag_set.hpp"
#include "core/error_code.hpp"

namespace dbmigrate {

class Context;

/// Carries out a command whose flags have been parsed.
using Runner = std::function<ExitCode(Context&)>;

/// A command line that works as it stands, after `dbmigrate `, and what it does.
struct Example {
  std::string arguments;
  std::string effect;
};

/// The headings of `dbmigrate help`.
enum class Section { project, database, proof, data, server, program };

/// What a command touches, and with it which of the common flags mean something to it. All of them are accepted by
/// every command, so that a script may put its own in front; the manual shows those that matter.
enum class Reach {
  program,    ///< nothing but its own words
  files,      ///< the settings file and the migrations directory
  server,     ///< the project's own PostgreSQL
  rehearsal,  ///< files, and a throwaway PostgreSQL
  database,   ///< reads a database
  change,     ///< changes a database
};

struct Command {
  std::string name;     ///< `upgrade`; of a family, two words: `embedded start`
  std::string purpose;  ///< one line, no full stop
  Section section;
  Reach reach = Reach::change;
  /// Declares what the command takes besides the common flags; the runner owns what is written into.
  Runner (*declare)(FlagSet& flags);

  /// What --format takes besides text, json and ndjson: the report is in text then, and the command looks at
  /// settings().format.
  std::vector<std::string> formats;

  // The rest of its manual page.
  std::string description;  ///< paragraphs, parted by a blank line
  std::vector<Example> examples;
  std::vector<ExitCode> exits;  ///< besides 0, 2 and 3, which every command has

  /// Instead of those, for a command with statuses of its own.
  std::vector<ExitCodeEntry> own_exits;

  /// The exit status that an error gives this command; null = exit_code_of().
  ExitCode (*exit_of)(ErrorCode) = nullptr;
};

}  // namespace dbmigrate
