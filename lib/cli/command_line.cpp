// Finding the command among the words.
// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "cli/commands.hpp"
#include "cli/common_flags.hpp"
#include "core/error.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

/// Takes the words that name a command off the rest.
class Reader {
 public:
  explicit Reader(const std::vector<std::string>& words) : words_(words) { add_common_flags(common_, values_); }

  CommandLine read() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_];
      if (word == "--") break;
      if (!word.starts_with("-") || word == "-") {
        read_name();
        break;
      }
      keep_flag(word);
    }
    keep_rest();
    return std::move(line_);
  }

 private:
  void read_name() {
    const std::string& word = words_[at_++];
    const auto family = commands_of_family(word);
    if (!family.empty() && at_ < words_.size()) {
      if (const Command* found = find_command(word + " " + words_[at_])) {
        ++at_;
        line_.command = found;
        return;
      }
    }
    line_.command = find_command(word);
    if (line_.command) return;
    if (family.empty()) throw_unknown(word, "command", command_words());
    line_.family = word;
    if (at_ < words_.size() && !words_[at_].starts_with("-")) {
      std::vector<std::string> seconds;
      for (const auto* command : family) seconds.push_back(command->name.substr(word.size() + 1));
      throw_unknown(words_[at_], word + " command", seconds);
    }
  }

  [[noreturn]] static void throw_unknown(const std::string& word, const std::string& kind,
                                         const std::vector<std::string>& known) {
    const std::string meant = did_you_mean(word, known);
    throw Error({.code = ErrorCode::usage,
                 .message = fmt::format("unknown {} \"{}\"", kind, word),
                 .hint = meant + (meant.empty() ? "" : " ") + "Try \"dbmigrate help\" for the list."});
  }

  void keep_flag(const std::string& word) {
    if (word == "--version" || word == "-V") line_.wants_version = true;
    look_at(word);
    ++at_;
    const Flag* flag = common_.find(word);
    if (flag && !flag->is_switch() && at_ < words_.size()) line_.arguments.push_back(words_[at_++]);
  }

  void keep_rest() {
    for (bool flags_possible = true; at_ < words_.size(); ++at_) {
      if (words_[at_] == "--") flags_possible = false;
      if (flags_possible) {
        look_at(words_[at_]);
      } else {
        line_.arguments.push_back(words_[at_]);
      }
    }
  }

  void look_at(const std::string& word) {
    if (word == "--help" || word == "-h") line_.wants_help = true;
    line_.arguments.push_back(word);
  }

  const std::vector<std::string>& words_;
  FlagSet common_;
  Flags values_;
  CommandLine line_;
  std::size_t at_ = 0;
};

}  // namespace

CommandLine read_command_line(const std::vector<std::string>& words) { return Reader(words).read(); }

std::string value_anywhere(const std::vector<std::string>& words, const std::string& flag) {
  std::string value;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") break;
    if (words[i] == flag && i + 1 < words.size()) value = words[i + 1];
    if (words[i].starts_with(flag + "=")) value = words[i].substr(flag.size() + 1);
  }
  return value;
}

}  // namespace dbmigrate
