// What tests of dry-run share: rows that stand in a plan's way, and a server that writes down what it is told.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "faults/server.hpp"
#include "postgres/session.hpp"
#include "support/cli_run.hpp"

namespace dbmigrate::tests {

/// users(id, email, team), 100 rows: emails that are NULL or the same, teams that are not there.
inline constexpr const char* kUsers =
    "CREATE TABLE users (id int, email text, team int); CREATE TABLE teams (id int PRIMARY KEY);"
    "INSERT INTO users SELECT g, CASE WHEN g % 10 = 0 THEN NULL ELSE 'mail' || g % 50 END, g % 5"
    "  FROM generate_series(1, 100) g;"
    "INSERT INTO teams VALUES (1), (2), (3)";

/// A revision in plain SQL.
void write_revision(CliRun& run, const std::string& stem, const std::string& up, const std::string& down = "SELECT 1");

/// Statements on `users` that each fail on some of its rows.
void write_refused_plan(CliRun& run);

/// What a run answered, with files as they are named below its folder.
Json answer_of(const CliRun& run);

/// Messages of the findings of one rule, in the order of the document.
std::vector<std::string> messages(const Json& document, std::string_view rule);

/// What `list` of the result says, a text an entry.
std::vector<std::string> texts(const Json& document, const std::string& list);

/// What a change would leave traces in: catalog, rows, the version schema, and the ids of transactions that wrote.
std::string state_of(Session& session);

/// A server that writes down every statement, and that nobody else talks to.
class TalkativeServer {
 public:
  TalkativeServer();
  [[nodiscard]] std::string url(std::string_view database, std::string_view user = "postgres") const {
    return server_.url(database, user);
  }
  [[nodiscard]] std::unique_ptr<Session> connect(std::string_view database = "postgres") const;
  /// A database `target` with `given` in it.
  void fill(const std::string& given) const;
  /// Each statement that programs of ours sent, one an entry, by the splitter's measure.
  [[nodiscard]] std::vector<std::string> said_by_us() const;

 private:
  faults::Server server_;
};

}  // namespace dbmigrate::tests
