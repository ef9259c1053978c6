// posix_spawn, with both outputs in files that have no name.
// SPDX-License-Identifier: Apache-2.0
#include "preview/pg_dump.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

extern char** environ;

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

std::string content_of(std::FILE* file) {
  std::string text;
  std::rewind(file);
  std::array<char, 65536> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), file)) > 0;) {
    text.append(buffer.data(), got);
  }
  return text;
}

struct Ran {
  bool succeeded = false;
  std::string output;
  std::string errors;
};

Ran run(const fs::path& program, const std::vector<std::string>& arguments, const std::string& password) {
  const File output(std::tmpfile());
  const File errors(std::tmpfile());
  if (!output || !errors) return {.errors = "no temporary file can be made"};
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
  if (!password.empty()) variables.push_back("PGPASSWORD=" + password);
  variables.emplace_back("LC_ALL=C");
  std::vector<char*> argv;
  std::vector<char*> envp;
  for (auto& word : words) argv.push_back(word.data());
  // The last one of a name counts for nobody: what comes first does.
  std::rotate(variables.rbegin(), variables.rbegin() + (password.empty() ? 1 : 2), variables.rend());
  for (auto& variable : variables) envp.push_back(variable.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(errors.get()), STDERR_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, words.front().c_str(), &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {.errors = fmt::format("{} cannot be started", program.string())};
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return {.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0,
          .output = content_of(output.get()),
          .errors = content_of(errors.get())};
}

/// The number behind `pg_dump (PostgreSQL) `; 0 where it is none.
int major_of(const fs::path& program) {
  const auto ran = run(program, {"--version"}, "");
  const auto at = ran.output.find(") ");
  return ran.succeeded && at != std::string::npos ? std::atoi(ran.output.c_str() + at + 2) : 0;
}

struct Target {
  std::string conninfo;  ///< without the password
  std::string password;
};

std::string quoted_value(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

Target without_password(const std::string& conninfo) {
  Target target;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), nullptr);
  for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (std::string_view(option->keyword) == "password") {
      target.password = option->val;
    } else {
      target.conninfo += fmt::format("{}={} ", option->keyword, quoted_value(option->val));
    }
  }
  PQconninfoFree(options);
  return target;
}

/// psql's own commands, which newer pg_dumps wrap their output in, are for psql.
std::string without_psql_commands(const std::string& sql) {
  std::string text;
  std::string_view rest = sql;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    if (!line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")) text.append(line).append("\n");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::optional<fs::path> find_pg_dump(const std::vector<fs::path>& folders, int server_major) {
  auto places = folders;
  if (const char* path = std::getenv("PATH"); path != nullptr) {
    std::string_view rest = path;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(':'), rest.size());
      places.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  std::error_code ignored;
  for (const auto& folder : places) {
    const auto program = folder / "pg_dump";
    if (access(program.c_str(), X_OK) == 0 && fs::is_regular_file(program, ignored) &&
        major_of(program) >= server_major) {
      return program;
    }
  }
  return std::nullopt;
}

SchemaDump dump_schema(const fs::path& program, const std::string& conninfo, Milliseconds lock_timeout) {
  const auto target = without_password(conninfo);
  std::vector<std::string> arguments{"--schema-only",        "--no-tablespaces", "--no-subscriptions",
                                     "--no-security-labels", "--no-password",    "--encoding=UTF8"};
  if (lock_timeout.count() > 0) arguments.push_back(fmt::format("--lock-wait-timeout={}", lock_timeout.count()));
  if (!target.conninfo.empty()) arguments.push_back("--dbname=" + target.conninfo);
  auto ran = run(program, arguments, target.password);
  if (ran.succeeded) return {.sql = without_psql_commands(ran.output), .why = ""};
  return {.sql = "", .why = fmt::format("pg_dump says: {}.", first_line(ran.errors))};
}

}  // namespace dbmigrate
