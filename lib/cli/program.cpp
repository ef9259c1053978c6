// From a command line to an exit status; the one place that catches errors.
// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string_view>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/common_flags.hpp"
#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/reference.hpp"
#include "config/database_url.hpp"
#include "core/interrupt.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/version.hpp"
#include "report/terminal_console.hpp"

namespace dbmigrate {
namespace {

Format format_named(const std::string& name) {
  if (name == "json") return Format::json;
  return name == "ndjson" ? Format::ndjson : Format::text;
}

Paint::Colour colour_for(const std::string& when, bool is_terminal) {
  if (when == "always") return Paint::Colour::on;
  return when != "never" && is_terminal ? Paint::Colour::on : Paint::Colour::off;
}

/// How the outcome is told, known before the command line is understood: a usage error, too, has its format.
Report::Style style_for(const std::vector<std::string>& words, World& world) {
  Flags flags;
  if (auto format = value_anywhere(words, "--format"); !format.empty()) flags.format = std::move(format);
  if (auto color = value_anywhere(words, "--color"); !color.empty()) flags.color = std::move(color);
  Report::Style style;
  std::string color = "auto";
  try {
    const OutputSettings output = load_output_settings(flags, world.environment);
    style.format = format_named(*output.format);
    color = *output.color;
  } catch (const Error&) {
    // It comes again, and is told, once the command is known.
    style.format = format_named(flags.format.value_or(world.environment.get("DBMIGRATE_FORMAT").value_or("")));
  }
  style.out = colour_for(color, world.console.out_is_terminal());
  style.err = colour_for(color, world.console.err_is_terminal());
  return style;
}

void start_output(Context& context) {
  const OutputSettings& output = context.output();
  const auto verbosity = *output.quiet ? Verbosity::quiet : *output.verbose ? Verbosity::verbose : Verbosity::normal;
  context.report().set_verbosity(verbosity);
  log::start(*output.quiet     ? log::Level::quiet
             : *output.verbose ? log::Level::verbose
                               : log::Level::normal,
             *output.log_file);
}

[[noreturn]] void nothing_to_do(const CommandLine& line) {
  if (line.family.empty()) {
    throw Error(
        {.code = ErrorCode::usage, .message = "no command is given", .hint = "Try \"dbmigrate help\" for the list."});
  }
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("{} needs to be told what to do", line.family),
               .hint = fmt::format("Try \"dbmigrate help {}\".", line.family)});
}

/// What was asked for without a command, or instead of one: --help, --version.
bool answered(const CommandLine& line, Report& report) {
  const int width = report.console().width();
  std::string text;
  if (line.wants_help) {
    text = line.command          ? command_text(*line.command, width, report.paint())
           : line.family.empty() ? overview_text(width, report.paint())
                                 : family_text(line.family, width, report.paint());
    report.result()["text"] = text;
  } else if (line.wants_version && !line.command) {
    text = fmt::format("dbmigrate {}\n", program_version());
    report.result()["version"] = std::string(program_version());
  } else {
    return false;
  }
  text.pop_back();
  report.line(text);
  return true;
}

/// For the log file: the words without a password.
std::string command_line_text(const std::vector<std::string>& words) {
  std::string text = "dbmigrate";
  std::string_view before;
  for (const auto& word : words) {
    const bool in_one = word.starts_with("--url=");
    text += " " + (in_one ? "--url=" + redacted(word.substr(6)) : before == "--url" ? redacted(word) : word);
    before = word;
  }
  return text;
}

ExitCode run_words(const std::vector<std::string>& words, World& world, Report& report, const Command*& command) {
  const CommandLine line = read_command_line(words);
  command = line.command;
  if (command) report.set_command(command->name);
  if (answered(line, report)) return ExitCode::done;
  if (!command) nothing_to_do(line);

  FlagSet declared;
  Flags flags;
  const Runner runner = command->declare(declared);
  add_common_flags(declared, flags, command->formats);
  parse(command->name, declared, line.arguments);

  Context context(world, flags, report);
  start_output(context);
  log::record(command_line_text(words));
  return runner(context);
}

ErrorInfo internal_error(const std::exception& error) {
  return {.code = ErrorCode::internal,
          .message = "dbmigrate met something that it does not know how to handle",
          .detail = error.what(),
          .hint = "Please report it, with the command and what -v prints."};
}

ErrorInfo out_of_memory() {
  return {.code = ErrorCode::out_of_resources,
          .message = "the system gives this program no more memory",
          .detail = "What was being done is rolled back by the server.",
          .hint = "Raise the limit on this process (ulimit -v, the container's), or split the largest file."};
}

/// A reader of our output who leaves must not end a migration half-way. A handler, not SIG_IGN: programs that we start
/// begin with the usual behaviour again.
void outlive_closed_pipes() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  sigaction(SIGPIPE, &action, nullptr);
}

/// The list of processes shows our words to everybody: a password in --url becomes stars there.
void hide_passwords(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool is_value = std::string_view(argv[i - 1]) == "--url";
    if (!is_value && !word.starts_with("--url=")) continue;
    for (const auto& password : passwords_in(is_value ? word : word.substr(6))) {
      const auto at = word.find(password);
      if (at != std::string::npos) std::fill_n(argv[i] + at, password.size(), '*');
    }
  }
}

int status_after_output(const TerminalConsole& console, ExitCode exit) {
  if (console.lost_output() == 0 || exit != ExitCode::done) return static_cast<int>(exit);
  return static_cast<int>(exit_code_of(ErrorCode::file_unreadable));
}

}  // namespace

ExitCode run_command_line(const std::vector<std::string>& words, World& world) {
  if (!words.empty() && words.front() == "__complete") return complete(words, world);
  if (words.size() == 2 && words.front() == "__reference") {
    if (const auto page = reference_page(words.back())) {
      world.console.out_verbatim(*page);
      return ExitCode::done;
    }
  }
  Report report(world.console, style_for(words, world));
  const Command* command = nullptr;
  const auto fail = [&](const ErrorInfo& info) {
    const ExitCode exit = command && command->exit_of ? command->exit_of(info.code) : exit_code_of(info.code);
    report.finish(exit, &info);
    return exit;
  };
  try {
    const ExitCode exit = run_words(words, world, report, command);
    report.finish(exit, nullptr);
    return exit;
  } catch (const Error& error) {
    return fail(error.info());
  } catch (const std::bad_alloc&) {
    return fail(out_of_memory());
  } catch (const std::exception& error) {
    return fail(internal_error(error));
  }
}

int run_program(int argc, char** argv) {
  outlive_closed_pipes();
  catch_interrupts();
  TerminalConsole console;
  const Environment environment = Environment::of_this_process();
  std::error_code unknown;
  World world{.environment = environment,
              .working_directory = std::filesystem::current_path(unknown),
              .console = console,
              .clock = system_clock(),
              .migrations = migrations_on_disk,
              .words = {argv + std::min(argc, 1), argv + argc},
              .now = [] { return std::chrono::system_clock::now(); }};
  hide_passwords(argc, argv);
  const ExitCode exit = run_command_line(world.words, world);
  if (console.lost_output() != 0) {
    console.err(fmt::format("error: cannot write to stdout: {}\n", std::strerror(console.lost_output())));
  }
  return status_after_output(console, exit);
}

}  // namespace dbmigrate
