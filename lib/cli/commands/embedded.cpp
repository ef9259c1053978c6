// `dbmigrate embedded …`: the project's own PostgreSQL.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "core/json.hpp"
#include "embedded/project_server.hpp"
#include "embedded/server_binaries.hpp"

namespace dbmigrate {
namespace {

constexpr int kNotFound = 127;  ///< as a shell says it

ServerBinaries binaries(Context& context) { return find_server_binaries(*context.settings().server_bin); }

void show(Report& report, const ProjectServerStatus& status) {
  report.result() = {{"exists", status.exists},
                     {"running", status.running},
                     {"stays", status.stays},
                     {"pid", status.running ? Json(status.pid) : Json(nullptr)},
                     {"socket_directory", status.running ? Json(status.socket_directory.string()) : Json(nullptr)},
                     {"data_directory", status.exists ? Json(status.data_directory.string()) : Json(nullptr)},
                     {"version", status.version.empty() ? Json(nullptr) : Json(status.version)},
                     {"size_on_disk", status.size_on_disk}};
  if (!status.exists) return report.line("there is no embedded server yet; `dbmigrate embedded start` makes one");
  report.line(status.running
                  ? fmt::format("running, process {}{}", status.pid, status.stays ? ", until `embedded stop`" : "")
                  : "not running");
  report.line(fmt::format("version: PostgreSQL {}", status.version));
  report.line(fmt::format("data: {} ({} MB)", status.data_directory.string(), status.size_on_disk / 1'000'000));
  if (status.running) report.line(fmt::format("socket: {}", status.socket_directory.string()));
}

ExitCode run_start(Context& context) {
  show(context.report(), start_project_server(context.settings().project_directory, binaries(context)));
  return ExitCode::done;
}

ExitCode run_stop(bool now, Context& context) {
  const auto result =
      stop_project_server(context.settings().project_directory, now ? StopMode::now : StopMode::when_unused);
  const std::string_view text = result == StopResult::stopped           ? "stopped"
                                : result == StopResult::was_not_running ? "was not running"
                                                                        : "stops when its last user leaves";
  context.report().line(text);
  context.report().result() = {{"outcome", text}};
  return ExitCode::done;
}

ExitCode run_status(Context& context) {
  show(context.report(), project_server_status(context.settings().project_directory));
  return ExitCode::done;
}

ExitCode run_destroy(Context& context) {
  const auto& project = context.settings().project_directory;
  const auto status = project_server_status(project);
  if (status.exists) {
    context.confirm(fmt::format("Remove {} with everything in it?", status.data_directory.string()),
                    "destroying the embedded server needs a yes");
  }
  const bool destroyed = destroy_project_server(project);
  context.report().line(destroyed ? "destroyed" : "there was none");
  context.report().result() = {{"destroyed", destroyed}};
  return ExitCode::done;
}

/// Runs it with our terminal. This process stays, so that the server has a user until the program ends.
int run_and_wait(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execvp(arguments.front(), arguments.data());
    _exit(kNotFound);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0) return kNotFound;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ExitCode run_psql(const std::vector<std::string>& commands, Context& context) {
  const auto server = ProjectServer::attach(context.settings().project_directory, binaries(context));
  std::vector<std::string> words{"psql", "-d", server.url()};
  for (const auto& command : commands) words.insert(words.end(), {"-v", "ON_ERROR_STOP=1", "-c", command});
  const int status = run_and_wait(words);
  if (status == 0) return ExitCode::done;
  if (status == kNotFound) {
    throw Error({.code = ErrorCode::server_missing,
                 .message = "psql cannot be started",
                 .hint = "Install the package postgresql-client, or set PATH so that psql is found."});
  }
  throw Error({.code = ErrorCode::server_error,
               .message = fmt::format("psql ended with status {}", status),
               .hint = "What it said stands above."});
}

constexpr std::string_view kAbout =
    "The environment whose url is `embedded:` lives on a PostgreSQL that dbmigrate starts itself from the installed "
    "server binaries: below .dbmigrate/, on a Unix socket that only you can open. It runs for as long as a command "
    "uses it, or from `embedded start` to `embedded stop`. Its data stays until `embedded destroy`.";

const std::vector<ExitCode> kExits{ExitCode::cannot_connect, ExitCode::busy};

}  // namespace

Command embedded_start_command() {
  return {.name = "embedded start",
          .purpose = "Start the project's own PostgreSQL and let it run",
          .section = Section::server,
          .reach = Reach::server,
          .declare = [](FlagSet&) -> Runner { return run_start; },
          .description = std::string(kAbout),
          .examples = {{"embedded start", "Starts it and prints where it is."}},
          .exits = kExits};
}

Command embedded_stop_command() {
  return {.name = "embedded stop",
          .purpose = "Stop the project's own PostgreSQL",
          .section = Section::server,
          .reach = Reach::server,
          .declare = [](FlagSet& flags) -> Runner {
            auto now = std::make_shared<bool>(false);
            flags.add_flag("--now", *now, "Do not wait for other users; their transactions roll back");
            return [now](Context& context) { return run_stop(*now, context); };
          },
          .description = std::string(kAbout),
          .examples = {{"embedded stop", "Stops it, now or when its last user leaves."}},
          .exits = kExits};
}

Command embedded_status_command() {
  return {.name = "embedded status",
          .purpose = "Show whether the project's own PostgreSQL runs, and where",
          .section = Section::server,
          .reach = Reach::server,
          .declare = [](FlagSet&) -> Runner { return run_status; },
          .description = std::string(kAbout),
          .examples = {{"embedded status", "Prints process, socket, data directory, version and size."}},
          .exits = {}};
}

Command embedded_psql_command() {
  return {.name = "embedded psql",
          .purpose = "Open psql on the project's own PostgreSQL",
          .section = Section::server,
          .reach = Reach::server,
          .declare = [](FlagSet& flags) -> Runner {
            auto commands = std::make_shared<std::vector<std::string>>();
            flags.add_option("-c,--command", *commands, "Run this and end; repeatable").value("SQL");
            return [commands](Context& context) { return run_psql(*commands, context); };
          },
          .description = std::string(kAbout) +
                         "\n\nWithout --command it is psql with your terminal. Exits with 1 when psql fails.",
          .examples = {{"embedded psql -c 'SELECT version()'", "Asks the server one thing."}},
          .exits = {ExitCode::migration_failed, ExitCode::cannot_connect, ExitCode::busy}};
}

Command embedded_destroy_command() {
  return {.name = "embedded destroy",
          .purpose = "Remove the project's own PostgreSQL with all its data",
          .section = Section::server,
          .reach = Reach::server,
          .declare = [](FlagSet&) -> Runner { return run_destroy; },
          .description = std::string(kAbout),
          .examples = {{"embedded destroy --yes", "Removes it without asking."}},
          .exits = {ExitCode::busy, ExitCode::refused}};
}

}  // namespace dbmigrate
