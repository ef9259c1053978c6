// Candidates from what commands declare and from the migrations directory.
// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/common_flags.hpp"

namespace dbmigrate {
namespace {

using Candidates = std::vector<Candidate>;

/// The migrations as far as they can be read; the words themselves may say where they are.
std::optional<MigrationSet> migrations(const std::vector<std::string>& words, World& world) {
  Flags flags;
  if (auto dir = value_anywhere(words, "--dir"); !dir.empty()) flags.dir = std::move(dir);
  if (auto config = value_anywhere(words, "--config"); !config.empty()) flags.config = std::move(config);
  try {
    const Settings settings = load_settings(flags, world.environment, world.working_directory);
    return world.migrations(*settings.directory)->load();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Candidates branch_candidates(const std::vector<std::string>& words, World& world) {
  Candidates found;
  if (const auto set = migrations(words, world)) {
    for (const auto& branch : set->branches) found.push_back({branch.name, branch.description});
  }
  return found;
}

/// The forms that name one revision: its id where no other branch has it, else with its branch.
Candidates revision_candidates(const std::vector<std::string>& words, World& world) {
  Candidates found{{"head", "the newest revision of every selected branch"}, {"base", "nothing applied"}};
  const auto set = migrations(words, world);
  if (!set) return found;
  std::map<std::string, int> count;
  for (const auto& migration : set->migrations) ++count[migration.id.name];
  const bool with_branch = words.back().find('@') != std::string::npos;
  for (const auto& migration : set->migrations) {
    const bool alone = count[migration.id.name] == 1 && !with_branch;
    found.push_back({alone ? migration.id.name : migration.id.text(), migration.description});
  }
  if (set->branches.size() < 2 && !with_branch) return found;
  for (const auto& branch : set->branches) {
    found.push_back({branch.name + "@head", "the newest revision of " + branch.name});
    found.push_back({branch.name + "@base", "nothing of " + branch.name + " applied"});
  }
  return found;
}

/// The shells' scripts take a tab for the end of the candidate and a line feed for the end of its description.
std::string in_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

Candidates command_candidates() {
  Candidates found;
  for (const auto& word : command_words()) {
    const Command* command = find_command(word);
    const auto family = commands_of_family(word);
    found.push_back({word, command ? command->purpose : family.front()->purpose});
  }
  return found;
}

Candidates family_candidates(const std::string& family) {
  Candidates found;
  for (const auto* command : commands_of_family(family)) {
    found.push_back({command->name.substr(family.size() + 1), command->purpose});
  }
  return found;
}

Candidates values_of(const Flag& flag, const std::vector<std::string>& words, World& world) {
  Candidates found;
  for (const auto& choice : flag.choices) found.push_back({choice, ""});
  switch (flag.completion) {
    case Completes::nothing:
      break;
    case Completes::file:
      found.push_back({":file", ""});
      break;
    case Completes::directory:
      found.push_back({":directory", ""});
      break;
    case Completes::branch:
      return branch_candidates(words, world);
    case Completes::revision:
      return revision_candidates(words, world);
    case Completes::command:
      return command_candidates();
  }
  return found;
}

Candidates flag_candidates(const FlagSet& flags) {
  Candidates found;
  for (const auto& flag : flags.flags()) {
    if (!flag.is_argument()) found.push_back({flag.name, flag.description});
  }
  found.push_back({"--help", "Show the manual page"});
  return found;
}

/// How many arguments stand before the word that is completed.
std::size_t arguments_before(const FlagSet& flags, const std::vector<std::string>& arguments) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    const Flag* flag = flags.find(arguments[i]);
    if (flag && !flag->is_switch()) {
      ++i;
    } else if (!arguments[i].starts_with("-")) {
      ++count;
    }
  }
  return count;
}

const Flag* argument_at(const FlagSet& flags, std::size_t position) {
  const Flag* last = nullptr;
  std::size_t count = 0;
  for (const auto& flag : flags.flags()) {
    if (!flag.is_argument()) continue;
    last = &flag;
    if (count++ == position) return last;
  }
  return last && last->is_repeatable ? last : nullptr;
}

Candidates matching(Candidates all, const std::string& prefix) {
  std::erase_if(all, [&](const Candidate& candidate) {
    return !candidate.text.starts_with(prefix) && !candidate.text.starts_with(":");
  });
  return all;
}

/// `--branch=li`: the values with the flag in front, as the word will stand.
Candidates joined_values(const Flag& flag, const std::string& current, const std::vector<std::string>& words,
                         World& world) {
  const std::size_t equals = current.find('=');
  Candidates found = matching(values_of(flag, words, world), current.substr(equals + 1));
  for (auto& candidate : found) {
    if (!candidate.text.starts_with(":")) candidate.text = current.substr(0, equals + 1) + candidate.text;
  }
  return found;
}

Candidates for_command(const CommandLine& line, const std::vector<std::string>& words, World& world) {
  FlagSet flags;
  Flags values;
  Runner runner;  // owns what a command's flags refer to
  if (line.command) runner = line.command->declare(flags);
  add_common_flags(flags, values, line.command ? line.command->formats : std::vector<std::string>{});

  const std::string& current = words.back();
  const auto equals = current.find('=');
  if (current.starts_with("--") && equals != std::string::npos) {
    const Flag* flag = flags.find(current.substr(0, equals));
    return flag ? joined_values(*flag, current, words, world) : Candidates{};
  }
  if (words.size() > 1) {
    const Flag* before = flags.find(words[words.size() - 2]);
    if (before && !before->is_switch()) return matching(values_of(*before, words, world), current);
  }
  if (current.starts_with("-")) return matching(flag_candidates(flags), current);
  if (!line.command)
    return matching(line.family.empty() ? command_candidates() : family_candidates(line.family), current);
  const Flag* argument = argument_at(flags, arguments_before(flags, line.arguments));
  return argument ? matching(values_of(*argument, words, world), current) : Candidates{};
}

}  // namespace

std::vector<Candidate> candidates(const std::vector<std::string>& words, World& world) {
  if (words.empty()) return command_candidates();
  const std::vector<std::string> before(words.begin(), words.end() - 1);
  try {
    CommandLine line = read_command_line(before);
    line.arguments.push_back(words.back());
    Candidates found = for_command(line, words, world);
    // `backup` is a command and a family: its second word may be either.
    if (line.command && line.arguments.size() == 1 && !words.back().starts_with("-")) {
      const Candidates family = matching(family_candidates(line.command->name), words.back());
      found.insert(found.begin(), family.begin(), family.end());
    }
    return found;
  } catch (const std::exception&) {
    return {};
  }
}

ExitCode complete(const std::vector<std::string>& words, World& world) {
  std::string text;
  for (const auto& candidate : candidates({words.begin() + 1, words.end()}, world)) {
    text += candidate.text;
    if (!candidate.description.empty()) text += "\t" + in_one_line(candidate.description);
    text += "\n";
  }
  world.console.out(text);
  return ExitCode::done;
}

}  // namespace dbmigrate
