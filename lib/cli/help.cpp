// The manual, put together from what commands declare.
// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/common_flags.hpp"
#include "core/words.hpp"
#include "report/width.hpp"

namespace dbmigrate {

std::string term_of(const Flag& flag) {
  if (flag.is_argument()) return flag.is_repeatable ? flag.name + "…" : flag.name;
  std::string term = flag.short_name.empty() ? flag.name : flag.short_name + ", " + flag.name;
  if (!flag.is_switch()) term += " " + flag.value_name;
  return term;
}

std::string text_of(const Flag& flag) {
  std::vector<std::string> remarks;
  if (!flag.choices.empty()) remarks.push_back("one of " + fmt::format("{}", fmt::join(flag.choices, ", ")));
  if (!flag.default_text.empty()) remarks.push_back("default: " + flag.default_text);
  if (remarks.empty()) return flag.description;
  return fmt::format("{} ({})", flag.description, fmt::join(remarks, "; "));
}

bool matters(const Flag& flag, Reach reach) {
  if (flag.group == Flag::Group::own) return true;
  const auto one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), flag.name) != names.end();
  };
  if (one_of({"--wait", "--lock-timeout", "--lock-retry-for", "--statement-timeout", "--reconnect-for",
              "--idle-timeout"})) {
    return reach == Reach::change;
  }
  if (one_of({"--url", "--version-schema"})) return reach >= Reach::database;
  if (one_of({"--server-bin"})) return reach >= Reach::server;
  if (one_of({"--yes"})) return reach == Reach::change || reach == Reach::server;
  if (one_of({"--dir", "--branch"})) return reach != Reach::program && reach != Reach::server;
  return one_of({"--env", "--config"}) ? reach != Reach::program : true;
}

std::vector<ExitCodeEntry> exits_of(const Command& command) {
  if (!command.own_exits.empty()) return command.own_exits;
  std::vector<ExitCodeEntry> entries;
  for (const auto& exit : exit_codes()) {
    const bool always =
        exit.code == ExitCode::done || exit.code == ExitCode::usage || exit.code == ExitCode::invalid_input;
    if (always || std::find(command.exits.begin(), command.exits.end(), exit.code) != command.exits.end()) {
      entries.push_back(exit);
    }
  }
  return entries;
}

namespace {

constexpr int kPageWidth = 100;
constexpr int kTermWidth = 26;  ///< a longer term has its explanation on the next line

struct Entry {
  std::string term;
  std::string explanation;
};

int page_width(int width) { return width <= 0 ? kPageWidth : std::clamp(width, 60, kPageWidth); }

std::string heading(const Paint& paint, std::string_view text) { return paint(Tone::strong, text) + "\n"; }

std::string paragraphs(std::string_view text, int width) {
  std::string lines;
  for (const auto& line : wrapped(text, page_width(width))) lines += line + "\n";
  return lines;
}

std::string entry_text(const Entry& entry, int term_width, int width, const Paint& paint) {
  const auto lines = wrapped(entry.explanation, page_width(width) - term_width - 4);
  const int used = display_width(entry.term);
  std::string text = "  " + paint(Tone::good, entry.term);
  const std::string margin(static_cast<std::size_t>(term_width + 4), ' ');
  if (used > term_width) {
    text += "\n" + margin;
  } else {
    text.append(static_cast<std::size_t>(term_width - used + 2), ' ');
  }
  for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : margin) + lines[i] + "\n";
  return text;
}

std::string entries_text(const std::vector<Entry>& entries, int width, const Paint& paint) {
  int widest = 0;
  for (const auto& entry : entries) {
    const int used = display_width(entry.term);
    if (used <= kTermWidth) widest = std::max(widest, used);
  }
  std::string text;
  for (const auto& entry : entries) text += entry_text(entry, widest == 0 ? kTermWidth : widest, width, paint);
  return text;
}

std::string section_title(Section section) {
  switch (section) {
    case Section::project:
      return "A project and its revisions:";
    case Section::database:
      return "Move a database:";
    case Section::proof:
      return "Prove and check:";
    case Section::data:
      return "Data and backups:";
    case Section::server:
      return "The local server:";
    case Section::program:
      return "The program itself:";
  }
  return "";
}

Entry entry_of(const Flag& flag) { return {term_of(flag), text_of(flag)}; }

template <class Wanted>
std::vector<Entry> flags_where(const FlagSet& flags, Wanted wanted) {
  std::vector<Entry> entries;
  for (const auto& flag : flags.flags()) {
    if (wanted(flag)) entries.push_back(entry_of(flag));
  }
  return entries;
}

std::vector<Entry> exit_entries(const Command& command) {
  std::vector<Entry> entries;
  for (const auto& exit : exits_of(command)) {
    entries.push_back({std::to_string(static_cast<int>(exit.code)), std::string(exit.meaning)});
  }
  return entries;
}

std::string examples_text(const Command& command, int width) {
  std::string text;
  for (const auto& example : command.examples) {
    text += fmt::format("  dbmigrate {}\n", example.arguments);
    for (const auto& line : wrapped(example.effect, page_width(width) - 6)) text += "      " + line + "\n";
  }
  return text;
}

std::string part(const Paint& paint, std::string_view title, const std::string& body) {
  return body.empty() ? "" : "\n" + heading(paint, title) + body;
}

}  // namespace

std::string usage_text(const Command& command, const FlagSet& own_flags) {
  std::string text = "dbmigrate " + command.name;
  for (const auto& flag : own_flags.flags()) {
    if (flag.group == Flag::Group::common) continue;
    if (!flag.is_argument() && !flag.is_required) continue;
    const std::string term = flag.is_argument() ? term_of(flag) : flag.name + " " + flag.value_name;
    text += flag.is_required ? " " + term : " [" + term + "]";
  }
  return text + " [FLAGS]";
}

std::string overview_text(int width, const Paint& paint) {
  std::string text =
      "dbmigrate moves PostgreSQL databases along versioned migrations.\n\nUsage: dbmigrate COMMAND [FLAGS]\n";
  for (const auto section :
       {Section::project, Section::database, Section::proof, Section::data, Section::server, Section::program}) {
    std::vector<Entry> entries;
    for (const auto& command : commands()) {
      if (command.section == section) entries.push_back({command.name, command.purpose});
    }
    text += part(paint, section_title(section), entries_text(entries, width, paint));
  }
  return text + "\nTry \"dbmigrate help COMMAND\" for a command's flags, exit statuses and examples.\n";
}

std::string family_text(std::string_view family, int width, const Paint& paint) {
  std::vector<Entry> entries;
  if (const Command* itself = find_command(family)) entries.push_back({itself->name, itself->purpose});
  for (const auto* command : commands_of_family(family)) entries.push_back({command->name, command->purpose});
  return fmt::format("Usage: dbmigrate {} COMMAND [FLAGS]\n\n", family) + entries_text(entries, width, paint);
}

std::string command_text(const Command& command, int width, const Paint& paint) {
  FlagSet flags;
  const Runner runner = command.declare(flags);  // keeps the variables alive that the flags refer to
  Flags values;
  add_common_flags(flags, values, command.formats);

  const auto own = [](const Flag& flag) { return flag.group == Flag::Group::own; };
  std::string text = paragraphs(fmt::format("dbmigrate {}: {}", command.name, command.purpose), width) + "\n" +
                     paragraphs("Usage: " + usage_text(command, flags), width);
  if (!command.description.empty()) text += "\n" + paragraphs(command.description, width);
  text += part(paint, "Arguments:",
               entries_text(flags_where(flags, [&](const Flag& flag) { return own(flag) && flag.is_argument(); }),
                            width, paint));
  text += part(paint, "Flags:",
               entries_text(flags_where(flags, [&](const Flag& flag) { return own(flag) && !flag.is_argument(); }),
                            width, paint));
  text += part(
      paint, "Common flags:",
      entries_text(flags_where(flags, [&](const Flag& flag) { return !own(flag) && matters(flag, command.reach); }),
                   width, paint));
  text += part(paint, "Exit status:", entries_text(exit_entries(command), width, paint));
  text += part(paint, "Examples:", examples_text(command, width));
  return text;
}

}  // namespace dbmigrate
