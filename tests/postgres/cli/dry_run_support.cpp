// The server's log, taken apart.
// SPDX-License-Identifier: Apache-2.0
#include "dry_run_support.hpp"

#include <sstream>
#include <stdexcept>

#include "core/file.hpp"
#include "preview/pg_dump.hpp"
#include "sql/script.hpp"
#include "support/test_database.hpp"

namespace dbmigrate::tests {
namespace {

/// The text behind `LOG:  statement: ` or `LOG:  execute <unnamed>: `; empty for any other line.
std::string statement_in(const std::string& line) {
  for (const std::string_view mark : {"LOG:  statement: ", "LOG:  execute "}) {
    const auto at = line.find(mark);
    if (at == std::string::npos) continue;
    auto text = line.substr(at + mark.size());
    if (mark == "LOG:  execute ") text.erase(0, text.find(": ") + 2);
    return text.empty() ? " " : text;
  }
  return "";
}

}  // namespace

void give_users(CliRun& run, const std::string& url) {
  write_revision(run, "000_given",
                 "CREATE TABLE users (id int, email text, team int);\nCREATE TABLE teams (id int PRIMARY KEY);",
                 "DROP TABLE teams, users");
  if (run.run({"upgrade", "--url", url}) != ExitCode::done) throw std::runtime_error(run.console.errors);
  connect({.conninfo = url, .application_name = "test"})
      ->run(
          "INSERT INTO users SELECT g, CASE WHEN g % 10 = 0 THEN NULL ELSE 'mail' || g % 50 END, g % 5"
          " FROM generate_series(1, 100) g; INSERT INTO teams VALUES (1), (2), (3)");
}

std::string clone_by() {
  const auto binaries = test_server_binaries();
  return find_pg_dump({binaries.directory}, binaries.major) ? "dump" : "replay";
}

std::vector<std::string> dry_run(const std::string& url, const std::vector<std::string>& more) {
  std::vector<std::string> words{"dry-run", "--url", url, "--server-bin", test_server_binaries().directory.string()};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

void write_revision(CliRun& run, const std::string& stem, const std::string& up, const std::string& down) {
  run.folder.write("migrations/" + stem + ".up.sql", up + "\n");
  run.folder.write("migrations/" + stem + ".down.sql", down + ";\n");
}

void write_refused_plan(CliRun& run) {
  write_revision(run, "001_users",
                 "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n"
                 "ALTER TABLE users ADD CONSTRAINT one_mail UNIQUE (email);\n"
                 "ALTER TABLE users ADD CONSTRAINT of_team FOREIGN KEY (team) REFERENCES teams;\n"
                 "ALTER TABLE users ADD CONSTRAINT few CHECK (id < 91);\n"
                 "ALTER TABLE users ADD COLUMN age int NOT NULL;");
}

Json answer_of(const CliRun& run) {
  auto text = run.console.output;
  const auto folder = run.folder.path().string() + "/";
  for (auto at = text.find(folder); at != std::string::npos; at = text.find(folder)) text.erase(at, folder.size());
  return Json::parse(text);
}

std::vector<std::string> messages(const Json& document, std::string_view rule) {
  std::vector<std::string> found;
  for (const auto& finding : document.at("result").at("findings")) {
    if (finding.at("rule") == rule) found.push_back(finding.at("message").get<std::string>());
  }
  return found;
}

std::vector<std::string> texts(const Json& document, const std::string& list) {
  return document.at("result").at(list).get<std::vector<std::string>>();
}

std::string state_of(Session& session) {
  const auto answer = session.run(
      "SELECT md5(string_agg(c.oid || c.relname || c.relnatts || coalesce(pg_relation_filenode(c.oid), 0), ',' ORDER BY"
      " c.oid)) FROM pg_class c WHERE c.relnamespace <> 'pg_toast'::regnamespace;"
      "SELECT coalesce(string_agg(relname || n_live_tup || '/' || n_tup_ins + n_tup_upd + n_tup_del, ',' ORDER BY"
      " relid), '') FROM pg_stat_user_tables;"
      "SELECT count(*) FROM pg_namespace WHERE nspname = 'dbmigrate';"
      "SELECT pg_snapshot_xmax(pg_current_snapshot())");
  std::string state;
  for (const auto& result : answer) state += result.text(0, 0) + "\n";
  return state;
}

TalkativeServer::TalkativeServer()
    : server_(faults::Server::Settings{{"log_statement", "all"}, {"log_line_prefix", "%a|"}}) {}

std::unique_ptr<Session> TalkativeServer::connect(std::string_view database) const {
  return dbmigrate::connect({.conninfo = url(database), .application_name = "test"});
}

std::vector<std::string> TalkativeServer::said_by_us() const {
  std::istringstream log(read_file(server_.folder() / "log"));
  std::vector<std::string> messages;
  bool ours = false;
  for (std::string line; std::getline(log, line);) {
    // Further lines of a statement begin with a tab.
    if (line.starts_with('\t')) {
      if (ours) messages.back() += "\n" + line;
      continue;
    }
    const auto statement = statement_in(line);
    ours = line.starts_with("dbmigrate") && !statement.empty();
    if (ours) messages.push_back(statement);
  }
  std::vector<std::string> statements;
  for (const auto& message : messages) {
    const auto script = sql::split(message, "log");
    for (const auto& one : script.statements) statements.emplace_back(script.text_of(one));
  }
  return statements;
}

}  // namespace dbmigrate::tests
