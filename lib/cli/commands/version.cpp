// `dbmigrate version`: which dbmigrate this is.
// SPDX-License-Identifier: Apache-2.0
#include "core/version.hpp"

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "core/json.hpp"

namespace dbmigrate {
namespace {

ExitCode run(Context& context) {
  context.report().result()["version"] = std::string(program_version());
  context.report().line(fmt::format("dbmigrate {}", program_version()));
  return ExitCode::done;
}

}  // namespace

Command version_command() {
  return {.name = "version",
          .purpose = "Print this program's version",
          .section = Section::program,
          .reach = Reach::program,
          .declare = [](FlagSet&) -> Runner { return run; },
          .examples = {{"version", "Prints one line: dbmigrate and its version."}}};
}

}  // namespace dbmigrate
