// Steps run by hand, schemas by pg_dump.
// SPDX-License-Identifier: Apache-2.0
#include "host.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "catalog/snapshot.hpp"
#include "core/file.hpp"
#include "descriptor/migration_source.hpp"
#include "embedded/server_binaries.hpp"
#include "graph/revision_graph.hpp"
#include "sql/script.hpp"

namespace dbmigrate::tests {
namespace {

const RevisionGraph& shipped() {
  static const RevisionGraph graph(MigrationDirectory(std::string(PROJECT_ROOT) + "/migrations").load());
  return graph;
}

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

/// What the program prints; throws when it fails.
std::string printed_by(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): the words are this test's own
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), got);
  const int status = pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("failed: " + command);
  return text;
}

/// All rows that the conditions let through, as the relation `batch`.
std::string batch_of(const Backfill& backfill) {
  std::string keys;
  for (const auto& key : backfill.key) keys += (keys.empty() ? "" : ", ") + key;
  std::string sql = fmt::format("CREATE TEMP TABLE batch ON COMMIT DROP AS SELECT {} FROM {} WHERE ({})", keys,
                                backfill.table, backfill.where.empty() ? "true" : backfill.where);
  for (const auto& skip : backfill.skip) sql += fmt::format(" AND ({}) IS NOT TRUE", skip.when);
  return sql;
}

std::string text_of(const Snapshot& snapshot) {
  std::string text;
  for (const auto& [key, properties] : snapshot.objects) {
    text += key.text() + '\n';
    for (const auto& [name, value] : properties) text += "  " + name + ": " + value + '\n';
  }
  return text;
}

}  // namespace

std::string project_file(std::string_view path) {
  return read_file(std::string(PROJECT_ROOT) + "/" + std::string(path));
}

Host::Host(std::string branch)
    : url(database.url()), migrations(std::string(PROJECT_ROOT) + "/migrations"), branch_(std::move(branch)) {}

std::vector<std::string> Host::with_place(std::vector<std::string> words) const {
  for (const auto& word :
       {std::string("--branch"), branch_, std::string("--dir"), migrations, std::string("--url"), url}) {
    words.push_back(word);
  }
  return words;
}

ExitCode Host::dbmigrate(std::vector<std::string> words) {
  const auto code = cli_.run(with_place(std::move(words)));
  output = cli_.console.output + cli_.console.errors;
  return code;
}

std::unique_ptr<faults::Child> Host::start(std::vector<std::string> words) const {
  words.insert(words.begin(), DBMIGRATE_PROGRAM);
  return std::make_unique<faults::Child>(with_place(std::move(words)));
}

ExitCode Host::dbmigrate_configured(const std::vector<std::string>& words, const std::string& more_settings) {
  cli_.folder.write(
      "dbmigrate.yaml",
      fmt::format("default_environment: host\ndir: {}/migrations\nenvironments:\n  host:\n    url: \"{}\"\n"
                  "    branches: [{}]\n{}",
                  PROJECT_ROOT, database.url(), branch_, more_settings));
  const auto code = cli_.run(words);
  output = cli_.console.output + cli_.console.errors;
  return code;
}

bool Host::says(std::string_view part) const { return output.find(part) != std::string::npos; }

void Host::run_file(std::string_view path, int rows) {
  database.run(replaced(project_file(path), ":rows", std::to_string(rows)));
}

std::vector<std::string> Host::run_steps(std::string_view revision, Direction direction,
                                         const std::vector<std::string>& agreed) {
  const auto found = shipped().find({branch_, std::string(revision)});
  if (!found) throw std::runtime_error("no such revision");
  const auto& migration = shipped().migration(*found);
  std::vector<std::string> notices;
  const auto session = database.connect();
  session->on_notice([&](const Notice& notice) { notices.push_back(notice.message); });
  for (const auto& step : direction == Direction::upgrade ? migration.up : migration.down) {
    if (step.sql() != nullptr && step.transaction == TransactionMode::none) {
      run_outside(*session, *step.sql());
      continue;
    }
    session->run("BEGIN");
    for (const auto& name : agreed) session->run("SET LOCAL dbmigrate." + name + " = 'on'");
    if (const auto* backfill = step.backfill()) {
      session->run(batch_of(*backfill));
      session->run(backfill->sql.text);
    } else {
      session->run(step.sql()->text);
    }
    session->run("COMMIT");
  }
  return notices;
}

void Host::run_outside(Session& session, const SqlText& source) {
  const auto script = sql::split(source.text, source.file, source.first_line);
  for (const auto& statement : script.statements) session.run(script.text_of(statement));
}

std::string Host::schema() const {
  const auto tools = find_server_binaries("");
  const auto snapshot = read_snapshot(*database.connect(), "dbmigrate");
  // pg_dump refuses a newer server.
  if (snapshot.server_major > tools.major) return text_of(snapshot);
  const auto dump = tools.directory / "pg_dump";
  std::istringstream lines(printed_by(fmt::format("'{}' -s -N dbmigrate '{}'", dump.string(), database.url())));
  std::string schema;
  for (std::string line; std::getline(lines, line);) {
    // A random word against injection in newer versions of pg_dump.
    if (!line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")) schema += line + '\n';
  }
  return schema;
}

std::string Host::rows_of(std::string_view table, std::string_view columns) {
  return database.ask(fmt::format(
      "SELECT count(*), md5(coalesce(string_agg(r::text, ',' ORDER BY r::text), '')) FROM (SELECT {} FROM {}) AS r",
      columns, table));
}

}  // namespace dbmigrate::tests
