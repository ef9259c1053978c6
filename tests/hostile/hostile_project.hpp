// A project full of somebody's malice, and what no run in it may do, whatever it finds.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bounded_run.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {

/// A project's folder with something of other people's beside it, and a database with a table `canary`.
class HostileProject {
 public:
  HostileProject();

  TestDatabase database;
  Variables variables;  ///< the environment of each run; starts with PATH, HOME and DATABASE_URL
  RunLimits limits;

  [[nodiscard]] std::filesystem::path folder() const { return root_.path() / "project"; }
  [[nodiscard]] std::filesystem::path outside() const { return root_.path() / "outside"; }
  /// Below the project's folder.
  void write(std::string_view path, std::string_view content) const;
  /// A pair of files in branch main.
  void revision(std::string_view stem, std::string_view up, std::string_view down = "SELECT 1;\n") const;
  /// A descriptor in branch main.
  void descriptor(std::string_view stem, std::string_view yaml) const;
  void clear_migrations() const;

  /// Sets a variable, or takes it away.
  void set(const std::string& name, std::optional<std::string> value);

  /// Runs the program and checks what holds for every run: it ends by itself, in the memory allowed, with an exit
  /// status that the manual has, no mistake of its own, no control character for the terminal; the canary lives and
  /// what lies outside the project is as it was; with --format json stdout is one document.
  BoundedOutcome run(std::vector<std::string> words);
  /// Nothing that it printed, wrote to a log or left in the database holds any of these.
  void require_unseen(const BoundedOutcome& outcome, const std::vector<std::string>& secrets);

 private:
  [[nodiscard]] std::map<std::string, std::string> what_lies_outside() const;

  TemporaryFolder root_;
  std::map<std::string, std::string> outside_before_;
};

/// How a text with bytes of all kinds may be printed: JSON, always ASCII.
std::string printable(std::string_view text);

}  // namespace dbmigrate::tests
