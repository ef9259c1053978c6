// The whole program in a folder of its own, with a fake console.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "core/json.hpp"
#include "support/fake_console.hpp"
#include "support/temporary_folder.hpp"

namespace dbmigrate {

/// 2025-11-01 09:00 UTC
inline const auto kTestNow = std::chrono::system_clock::from_time_t(1'761'987'600);

class CliRun {
 public:
  TemporaryFolder folder;
  Environment::Variables variables;
  FakeConsole console;

  CliRun() { folder.write(".git/HEAD", ""); }

  /// Forgets what earlier runs wrote.
  ExitCode run(const std::vector<std::string>& words) {
    console.output.clear();
    console.errors.clear();
    const Environment environment(variables);
    World world = world_with(environment);
    return run_command_line(words, world);
  }
  World world_with(const Environment& environment) {
    return {.environment = environment,
            .working_directory = folder.path(),
            .console = console,
            .clock = system_clock(),
            .migrations = migrations_on_disk,
            .now = [] { return kTestNow; }};
  }
  [[nodiscard]] Json document() const { return Json::parse(console.output); }
  [[nodiscard]] std::string text_of(const std::string& file) const { return read_file(folder.path() / file); }
  [[nodiscard]] bool has(const std::string& file) const { return std::filesystem::exists(folder.path() / file); }

  /// A revision of plain SQL.
  void revision(const std::string& stem, const std::string& parent = "") {
    const std::string header = parent.empty() ? "" : "-- dbmigrate: down_revision=" + parent + "\n";
    folder.write("migrations/" + stem + ".up.sql", header + "SELECT 1;\n");
    folder.write("migrations/" + stem + ".down.sql", "SELECT 1;\n");
  }
};

}  // namespace dbmigrate
