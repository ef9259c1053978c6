// Commands and errors as Markdown, from the tables that the program itself works with.
// SPDX-License-Identifier: Apache-2.0
#include "cli/reference.hpp"

#include <fmt/format.h>

#include <functional>

#include "cli/commands.hpp"
#include "cli/common_flags.hpp"
#include "cli/help.hpp"
#include "core/error_code.hpp"
#include "report/health_report.hpp"
#include "lint/rules.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kRefreshed = "This page is printed by the program; `scripts/reference` writes it.\n";

std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// A table of what `wanted` takes of the flags; empty where that is nothing.
std::string flag_table(const FlagSet& flags, std::string_view title, const std::function<bool(const Flag&)>& wanted) {
  std::string rows;
  for (const auto& flag : flags.flags()) {
    if (wanted(flag)) rows += fmt::format("| `{}` | {} |\n", cell(term_of(flag)), cell(text_of(flag)));
  }
  return rows.empty() ? "" : fmt::format("\n| {} | |\n|---|---|\n{}", title, rows);
}

/// The common flags that matter to it, by name.
std::string common_line(const FlagSet& flags, const Command& command) {
  std::string names;
  for (const auto& flag : flags.flags()) {
    if (flag.group != Flag::Group::common || !matters(flag, command.reach)) continue;
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", flag.short_name.empty() ? flag.name : flag.short_name);
  }
  return fmt::format("\nCommon flags: {}.\n", names);
}

std::string command_section(const Command& command) {
  FlagSet flags;
  const Runner runner = command.declare(flags);  // keeps the variables alive that the flags refer to
  Flags values;
  add_common_flags(flags, values, command.formats);
  const auto own = [](const Flag& flag) { return flag.group == Flag::Group::own; };

  std::string text =
      fmt::format("\n## {}\n\n{}.\n\n```\n{}\n```\n", command.name, command.purpose, usage_text(command, flags));
  if (!command.description.empty()) text += "\n" + command.description + "\n";
  text += flag_table(flags, "argument", [&](const Flag& flag) { return own(flag) && flag.is_argument(); });
  text += flag_table(flags, "flag", [&](const Flag& flag) { return own(flag) && !flag.is_argument(); });
  text += common_line(flags, command);
  text += "\n| exit status | |\n|---|---|\n";
  for (const auto& exit : exits_of(command)) {
    text += fmt::format("| {} | {} |\n", static_cast<int>(exit.code), cell(exit.meaning));
  }
  for (const auto& example : command.examples) {
    text += fmt::format("\n```\ndbmigrate {}\n```\n\n{}\n", example.arguments, example.effect);
  }
  return text;
}

std::string commands_page() {
  std::string text = fmt::format(
      "# Commands\n\n{}\nEvery command takes `--help`. Results go to stdout, everything else to stderr. `--flag value` "
      "and "
      "`--flag=value` mean the same. Every command accepts every common flag; its section names those that matter to "
      "it.\n",
      kRefreshed);
  FlagSet common;
  Flags values;
  add_common_flags(common, values);
  text += flag_table(common, "common flag", [](const Flag&) { return true; });
  for (const auto& command : commands()) text += command_section(command);
  return text;
}

std::string errors_page() {
  std::string text = fmt::format(
      "# Errors and exit statuses\n\n{}\nThe exit status is the same in every output format. In `--format json` the "
      "error's "
      "code stands in `error.code`, with `message`, `detail`, `hint`, `sqlstate`, `file`, `line` and `column` beside "
      "it; what is not known is null.\n\n| exit status | meaning |\n|---|---|\n",
      kRefreshed);
  for (const auto& exit : exit_codes()) {
    text += fmt::format("| {} | {} |\n", static_cast<int>(exit.code), cell(exit.meaning));
  }
  text += "\n| code | exit status | meaning |\n|---|---|---|\n";
  for (const auto& error : error_codes()) {
    text += fmt::format("| `{}` | {} | {} |\n", error.name, static_cast<int>(error.exit), cell(error.meaning));
  }
  return text;
}

constexpr std::string_view kLintPage = "lint/";

/// The names of the pages below lint/, one a line.
std::string lint_pages() {
  std::string names = "README\n";
  for (const auto& rule : lint_rules()) names += rule.id + "\n";
  return names;
}

}  // namespace

std::optional<std::string> reference_page(std::string_view name) {
  if (name == "commands") return commands_page();
  if (name == "errors") return errors_page();
  if (name == "health-checks") return health_reference();
  if (name == "lint/README") return rules_page();
  if (name == "lint-pages") return lint_pages();
  if (name.starts_with(kLintPage)) {
    if (const auto* const rule = find_lint_rule(name.substr(kLintPage.size()))) return rule_page(*rule);
  }
  return std::nullopt;
}

}  // namespace dbmigrate
