// What is migrated while something goes wrong.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dbmigrate::faults {

/// A way between two states of a database, with the command that goes it.
struct Scenario {
  std::string name;                  ///< `S2-down`
  std::string about;                 ///< for people
  std::filesystem::path directory;   ///< of the migrations
  std::vector<std::string> command;  ///< `upgrade head`
  std::vector<std::string> prepare;  ///< the command that leads to its start; empty = the host's tables alone
  std::string half_way;              ///< a target between start and end; empty = none
  std::string host_tables;           ///< SQL of what is there before dbmigrate comes, rows included
};

/// Writes the made-up migrations below `folder`; the shipped branches are those of `project`. Each revision of S1 to S3
/// adds a row to effects.effects, which has no key, so that nothing hides a second time; so does each row that the
/// backfill touches.
std::vector<Scenario> scenarios_in(const std::filesystem::path& folder, const std::filesystem::path& project);

}  // namespace dbmigrate::faults
