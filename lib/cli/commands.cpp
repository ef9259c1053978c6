// The program's table of contents.
// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <algorithm>

namespace dbmigrate {

Command dry_run_command();
Command upgrade_command();
Command downgrade_command();
Command current_command();
Command status_command();
Command history_command();
Command stamp_command();
Command repair_command();
Command catalog_command();
Command drift_command();
Command cycle_command();
Command lint_command();
Command validate_only_command();
Command health_check_command();
Command wait_command();
Command backfill_status_command();
Command backfill_run_command();
Command backfill_pause_command();
Command backfill_resume_command();
Command backfill_retry_command();
Command embedded_start_command();
Command embedded_stop_command();
Command embedded_status_command();
Command embedded_psql_command();
Command embedded_destroy_command();
Command init_command();
Command new_command();
Command merge_command();
Command heads_command();
Command branches_command();
Command show_command();
Command completion_command();
Command help_command();
Command version_command();

const std::vector<Command>& commands() {
  static const std::vector<Command> all{
      init_command(),
      new_command(),
      merge_command(),
      heads_command(),
      branches_command(),
      show_command(),
      dry_run_command(),
      upgrade_command(),
      downgrade_command(),
      current_command(),
      status_command(),
      history_command(),
      stamp_command(),
      repair_command(),
      catalog_command(),
      drift_command(),
      cycle_command(),
      lint_command(),
      validate_only_command(),
      health_check_command(),
      wait_command(),
      backfill_status_command(),
      backfill_run_command(),
      backfill_pause_command(),
      backfill_resume_command(),
      backfill_retry_command(),
      embedded_start_command(),
      embedded_stop_command(),
      embedded_status_command(),
      embedded_psql_command(),
      embedded_destroy_command(),
      completion_command(),
      help_command(),
      version_command(),
  };
  return all;
}

const Command* find_command(std::string_view name) {
  for (const auto& command : commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::vector<const Command*> commands_of_family(std::string_view family) {
  std::vector<const Command*> found;
  const std::string start = std::string(family) + " ";
  for (const auto& command : commands()) {
    if (command.name.starts_with(start)) found.push_back(&command);
  }
  return found;
}

std::vector<std::string> command_words() {
  std::vector<std::string> words;
  for (const auto& command : commands()) {
    std::string word = command.name.substr(0, command.name.find(' '));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace dbmigrate
