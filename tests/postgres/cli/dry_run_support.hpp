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

/// Applies a revision that makes users(id, email, team) and teams(id), which a clone then has whoever makes it; then
/// 100 users: emails that are NULL or the same, teams that are not there.
void give_users(CliRun& run, const std::string& url);

/// What a clone of a database that the role may read is made by: `dump` where there is a pg_dump that is new enough.
std::string clone_by();

/// The words of a dry-run whose clone is of the tests' own server version.
std::vector<std::string> dry_run(const std::string& url, const std::vector<std::string>& more = {"--format", "json"});

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
  /// Each statement that programs of ours sent, one an entry, by the splitter's measure.
  [[nodiscard]] std::vector<std::string> said_by_us() const;

 private:
  faults::Server server_;
};

}  // namespace dbmigrate::tests
