// What a command works with; each part is made when it is first asked for.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.hpp"
#include "config/flags.hpp"
#include "config/settings.hpp"
#include "contract/contracts.hpp"
#include "core/clock.hpp"
#include "graph/revision_graph.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// The program's surroundings, real or a test's.
struct World {
  const Environment& environment;
  std::filesystem::path working_directory;
  Console& console;
  Clock& clock;
  /// Where the migrations of a directory come from.
  std::function<std::unique_ptr<MigrationSource>(const std::filesystem::path&)> migrations;
  /// The command line after the program's name.
  std::vector<std::string> words = {};
  /// The wall clock, for names of new files; what is recorded in a database has the server's time.
  std::function<std::chrono::system_clock::time_point()> now;
};

/// ContractedDirectory. Throws Error{invalid_config} where there is no such directory.
std::unique_ptr<MigrationSource> migrations_on_disk(const std::filesystem::path& directory);

class Context {
 public:
  Context(World& world, const Flags& flags, Report& report) : world_(world), flags_(flags), report_(report) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const Flags& flags() const { return flags_; }
  [[nodiscard]] Report& report() { return report_; }
  [[nodiscard]] Console& console() { return world_.console; }
  [[nodiscard]] Clock& clock() { return world_.clock; }

  /// Throws what load_settings() throws.
  const Settings& settings();
  const OutputSettings& output();

  /// Every branch of the migrations directory. Throws what MigrationSource, RevisionGraph and Contracts throw.
  const RevisionGraph& graph();

  /// The contracts of all branches. Throws what graph() and Contracts throw; graph() has looked at them already.
  const Contracts& contracts();

  /// The selected branches: --branch, else the environment's, else all of the graph, in the graph's order. Throws
  /// Error{usage} or Error{invalid_config} for one that the directory does not have.
  const std::vector<std::string>& branches();

  /// Returns when the answer is yes, or --yes was given. Throws Error{refused} otherwise; `refusal` is the message.
  void confirm(std::string_view question, std::string_view refusal);

 private:
  World& world_;
  const Flags& flags_;
  Report& report_;
  std::optional<Settings> settings_;
  std::optional<OutputSettings> output_;
  std::optional<RevisionGraph> graph_;
  std::optional<Contracts> contracts_;
  std::optional<std::vector<std::string>> branches_;
};

}  // namespace dbmigrate
