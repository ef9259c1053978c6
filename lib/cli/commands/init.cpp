// `dbmigrate init`: a project to start from.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "config/config_file.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "descriptor/skeleton.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSettings =
    R"(# Settings of this project. Flags and environment variables are stronger than this file.
default_environment: dev
dir: {}
environments:
  # A PostgreSQL of this project's own, kept in .dbmigrate/ (which belongs into .gitignore).
  dev:
    url: "embedded:"
  # A change here is only made with --yes.
  production:
    url: ${{PRODUCTION_DATABASE_URL}}
    protected: true
)";

constexpr std::string_view kUp = R"(-- dbmigrate: description=A first table, to be replaced by your own

CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
)";

constexpr std::string_view kDown = "DROP TABLE notes;\n";

void refuse_existing(const fs::path& settings_file) {
  std::error_code unknown;
  if (!fs::exists(settings_file, unknown)) return;
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("{} is there already", path_for_people(settings_file)),
               .hint = "This is a project; \"dbmigrate new MESSAGE\" adds a revision to it."});
}

/// Whether there is nothing that a first revision could collide with.
bool is_free(const fs::path& directory) {
  std::error_code unknown;
  return !fs::exists(directory, unknown) || fs::is_empty(directory, unknown);
}

ExitCode run(Context& context) {
  const fs::path project = context.world().working_directory;
  const std::string dir = context.flags().dir.value_or("migrations");
  const fs::path settings_file = project / kConfigFileName;
  const fs::path directory = project / dir;
  refuse_existing(settings_file);

  std::vector<fs::path> written;
  const auto write = [&](const fs::path& path, std::string_view content) {
    write_file(path, content, Overwrite::no);
    written.push_back(path);
  };
  if (is_free(directory)) {
    write(directory / "001_first_table.up.sql", kUp);
    write(directory / "001_first_table.down.sql", kDown);
  }
  write(settings_file, fmt::format(kSettings, dir));

  Report& report = context.report();
  report.result()["files"] = Json::array();
  for (const auto& path : written) {
    report.result()["files"].push_back(path_for_people(path));
    report.line("wrote " + path_for_people(path));
  }
  report.note("Next: \"dbmigrate status\" shows what is pending, \"dbmigrate upgrade\" applies it,");
  report.note("and \"dbmigrate new MESSAGE\" writes the next revision.");
  return ExitCode::done;
}

}  // namespace

Command init_command() {
  return {.name = "init",
          .purpose = "Start a project: settings, a migrations directory and a first revision",
          .section = Section::project,
          .reach = Reach::files,
          .declare = [](FlagSet&) -> Runner { return run; },
          .description =
              "Writes dbmigrate.yaml into the working directory and a first revision into migrations/ (or "
              "--dir). Nothing that exists is overwritten: with a dbmigrate.yaml it refuses, and a "
              "migrations directory with files in it is used as it is.",
          .examples = {{"init", "Writes dbmigrate.yaml and migrations/001_first_table.up.sql with its down file."},
                       {"init --dir db/migrations", "Keeps the revisions in db/migrations."}}};
}

}  // namespace dbmigrate
