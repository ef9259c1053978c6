// CLI11 stays behind this file: it takes the words apart, what they mean is said here.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "core/error.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

[[noreturn]] void usage_error(const std::string& command, std::string message, std::string hint = "") {
  hint += (hint.empty() ? "" : " ") + fmt::format("Try \"dbmigrate help {}\".", command);
  throw Error({.code = ErrorCode::usage, .message = std::move(message), .hint = std::move(hint)});
}

std::string flag_part(const std::string& word) { return word.substr(0, word.find('=')); }

bool is_number(const std::string& word) { return word.size() > 1 && word[1] >= '0' && word[1] <= '9'; }

/// A word that CLI11 would take for a flag: `-1` is a target, not a flag.
bool looks_like_flag(const std::string& word) { return word.size() > 1 && word[0] == '-' && !is_number(word); }

std::vector<std::string> names_of(const FlagSet& flags) {
  std::vector<std::string> names{"--help"};
  for (const auto& flag : flags.flags()) {
    if (!flag.is_argument()) names.push_back(flag.name);
  }
  return names;
}

/// What CLI11 would misread or tell poorly. A repeated flag is told here because its value would be lost otherwise.
void check_words(const std::string& command, const FlagSet& flags, const std::vector<std::string>& words) {
  std::map<std::string, int> seen;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (!looks_like_flag(word)) continue;
    const std::string name = flag_part(word);
    const Flag* flag = flags.find(name);
    if (!flag) {
      if (!word.starts_with("--")) continue;  // possibly several short flags in one word
      usage_error(command, fmt::format("unknown flag {}", name), did_you_mean(name, names_of(flags)));
    }
    if (flag->is_switch() && name != word) usage_error(command, fmt::format("{} takes no value", name));
    if (!flag->is_switch() && word == name + "=") usage_error(command, fmt::format("{} needs a value", name));
    if (!flag->is_repeatable && !flag->is_switch() && ++seen[flag->name] > 1) {
      usage_error(command, fmt::format("{} is given twice", name));
    }
    if (flag->is_switch() || name != word) continue;
    if (i + 1 >= words.size() || looks_like_flag(words[i + 1])) {
      usage_error(command, fmt::format("{} needs a value", name));
    }
    ++i;
  }
}

/// CLI11 takes flags in one list, `-q,--quiet`, and an argument's name without dashes.
std::string cli11_name(const Flag& flag) {
  return flag.short_name.empty() ? flag.name : flag.short_name + "," + flag.name;
}

void declare(CLI::App& app, Flag& flag) {
  if (flag.is_switch()) {
    app.add_flag_callback(cli11_name(flag), [&flag] { flag.take(""); });
    return;
  }
  const auto take_all = [&flag](const CLI::results_t& values) {
    for (const auto& value : values) flag.take(value);
    return true;
  };
  CLI::Option* option = app.add_option(cli11_name(flag), take_all);
  if (flag.is_repeatable) {
    option->type_size(1)->expected(1, flag.is_argument() ? CLI::detail::expected_max_vector_size : 1);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(flag.is_argument());
  } else {
    option->type_size(1)->expected(1);
  }
}

void check_rest(const std::string& command, const FlagSet& flags, const std::vector<std::string>& rest) {
  for (const auto& word : rest) {
    if (word == "--") continue;
    if (looks_like_flag(word)) {
      usage_error(command, fmt::format("unknown flag {}", word), did_you_mean(word, names_of(flags)));
    }
    usage_error(command, fmt::format("unexpected argument \"{}\"", word));
  }
}

}  // namespace

void parse(const std::string& command, FlagSet& flags, const std::vector<std::string>& arguments) {
  check_words(command, flags, arguments);
  CLI::App app;
  app.set_help_flag();  // ours is found before the words come here
  app.allow_extras();
  for (auto& flag : flags.flags()) declare(app, flag);
  try {
    std::vector<std::string> words(arguments.rbegin(), arguments.rend());  // CLI11 reads from the back
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    usage_error(command, error.what());
  }
  check_rest(command, flags, app.remaining());
  for (const auto& flag : flags.flags()) {
    if (flag.is_required && app.get_option(flag.name)->count() == 0) {
      usage_error(command, fmt::format("{} is missing", flag.name),
                  fmt::format("{} is: {}.", flag.name, flag.description));
    }
  }
}

}  // namespace dbmigrate
