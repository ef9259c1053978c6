// A database as one of the four projects has it, and dbmigrate with the migrations that we ship.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "faults/child.hpp"
#include "planner/plan.hpp"
#include "support/cli_run.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {

/// The text of a file of this project.
std::string project_file(std::string_view path);

class Host {
 public:
  explicit Host(std::string branch);

  TestDatabase database;
  std::string url;         ///< of `dbmigrate`; the database's own unless a pooler stands before it
  std::string migrations;  ///< of `dbmigrate`; the ones that we ship

  /// The branch's command line: `dbmigrate WORDS --branch BRANCH`. What it printed is in `output`.
  ExitCode dbmigrate(std::vector<std::string> words);

  /// The last run printed this somewhere.
  [[nodiscard]] bool says(std::string_view part) const;
  /// The same as a program of its own beside this one. Its database stays ours to look at and to lock.
  [[nodiscard]] std::unique_ptr<faults::Child> start(std::vector<std::string> words) const;

  /// dbmigrate without the branch named: the settings file, written here, chooses it.
  ExitCode dbmigrate_configured(const std::vector<std::string>& words, const std::string& more_settings = "");

  /// Runs a file of this project, with `:rows` as given.
  void run_file(std::string_view path, int rows = 0);

  /// Runs the up or down of a shipped revision step by step as the server gets it, without a row in the version table:
  /// each backfill as one batch of all rows that its conditions let through. `agreed` are settings for every step.
  /// Returns the notices; the first error ends it and is thrown.
  std::vector<std::string> run_steps(std::string_view revision, Direction direction,
                                     const std::vector<std::string>& agreed = {});

  /// Statement by statement, as a step outside any transaction runs.
  static void run_outside(Session& session, const SqlText& source);

  /// The schema without dbmigrate's own, as pg_dump prints it; as our own snapshot does where the server is newer than
  /// the pg_dump that is installed.
  [[nodiscard]] std::string schema() const;

  /// A digest of all rows of a table, whatever their order. `columns` as in SELECT.
  std::string rows_of(std::string_view table, std::string_view columns = "*");

  std::string output;

 private:
  [[nodiscard]] std::vector<std::string> with_place(std::vector<std::string> words) const;

  std::string branch_;
  CliRun cli_;
};

}  // namespace dbmigrate::tests
