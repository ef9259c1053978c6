// `dbmigrate help`: the manual.
// SPDX-License-Identifier: Apache-2.0
#include "cli/help.hpp"

#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::vector<std::string> words;
};

[[noreturn]] void unknown_command(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& command : commands()) known.push_back(command.name);
  const std::string meant = did_you_mean(name, known);
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("unknown command \"{}\"", name),
               .hint = meant.empty() ? "\"dbmigrate help\" lists the commands." : meant});
}

std::string page(const std::string& name, int width, const Paint& paint) {
  if (name.empty()) return overview_text(width, paint);
  const Command* command = find_command(name);
  const bool is_family = !commands_of_family(name).empty();
  if (!command && !is_family) unknown_command(name);
  std::string text = command ? command_text(*command, width, paint) : "";
  if (is_family) text += (command ? "\n" : "") + family_text(name, width, paint);
  return text;
}

ExitCode run(const Options& options, Context& context) {
  Report& report = context.report();
  std::string text = page(fmt::format("{}", fmt::join(options.words, " ")), context.console().width(), report.paint());
  report.result()["text"] = text;
  text.pop_back();
  report.line(text);
  return ExitCode::done;
}

}  // namespace

Command help_command() {
  return {.name = "help",
          .purpose = "Show the manual, or one command's page",
          .section = Section::program,
          .reach = Reach::program,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_option("command", options->words, "The command to explain").completes(Completes::command);
            return [options](Context& context) { return run(*options, context); };
          },
          .description = "Without a command it lists all of them. \"dbmigrate COMMAND --help\" shows the same page.",
          .examples = {{"help upgrade", "Shows what upgrade does, its flags and its exit statuses."}}};
}

}  // namespace dbmigrate
