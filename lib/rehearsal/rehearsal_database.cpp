// The executor on a database that nobody needs.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/rehearsal_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "core/log.hpp"
#include "core/version.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kApplication = "dbmigrate rehearsal";
/// Where a migration's own SQL finds nobody to wait for.
constexpr Milliseconds kLockRetryFor{10'000};

class Silence : public Observer {
 public:
  void on(const Event&) override {}
};

RunOptions options_for(const std::string& url, const std::string& version_schema) {
  RunOptions options;
  options.conninfo = url;
  options.version_schema = version_schema;
  options.lock_retry_for = kLockRetryFor;
  options.identity = {.run_id = "00000000-0000-4000-8000-000000000000",
                      .command = "rehearsal",
                      .os_user = "",
                      .host = "",
                      .application = std::string(kApplication),
                      .tool_version = std::string(program_version()),
                      .git_commit = "",
                      .flags = "",
                      .change = ""};
  return options;
}

/// That one revision, as the version table has it now.
Plan plan_of(const RevisionGraph& graph, RevisionIndex revision, Direction direction, const LedgerState& state) {
  const auto& migration = graph.migration(revision);
  PlanStep step{.id = migration.id, .migration = &migration, .row = std::nullopt};
  const auto row = std::find_if(state.rows.begin(), state.rows.end(), [&](const auto& r) { return r.id == step.id; });
  if (row != state.rows.end()) step.row = *row;
  Plan plan;
  plan.direction = direction;
  plan.steps.push_back(std::move(step));
  return plan;
}

}  // namespace

RehearsalServer::RehearsalServer(const ServerBinaries& binaries, Clock& clock) : clock_(clock), server_(binaries) {}

Session& RehearsalServer::admin() {
  if (!admin_) {
    admin_ = connect({.conninfo = server_.url(), .application_name = std::string(kApplication)});
  }
  return *admin_;
}

std::string RehearsalServer::create_database() {
  const auto name = fmt::format("rehearsal_{}", ++databases_);
  admin().run(fmt::format("CREATE DATABASE {} TEMPLATE template0", sql::quote_identifier(name)));
  return server_.url(name);
}

void RehearsalServer::drop_database(std::string_view url) {
  for (int number = databases_; number > 0; --number) {
    const auto name = fmt::format("rehearsal_{}", number);
    if (server_.url(name) != url) continue;
    admin().run(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql::quote_identifier(name)));
    return;
  }
}

RehearsalDatabase::RehearsalDatabase(RehearsalServer& server, const RevisionGraph& graph)
    : server_(server), graph_(graph), url_(server.create_database()) {}

RehearsalDatabase::~RehearsalDatabase() {
  session_.reset();
  try {
    server_.drop_database(url_);
  } catch (const std::exception& error) {
    // It goes with its server.
    log::debug(fmt::format("a rehearsal database stays: {}", error.what()));
  }
}

void RehearsalDatabase::upgrade(RevisionIndex revision) { run(revision, Direction::upgrade); }
void RehearsalDatabase::downgrade(RevisionIndex revision) { run(revision, Direction::downgrade); }

void RehearsalDatabase::run(RevisionIndex revision, Direction direction) {
  Silence silence;
  Executor executor(options_for(url_, version_schema_), server_.clock(), silence);
  const auto outcome =
      executor.run([&](Session&, const LedgerState& state) { return plan_of(graph_, revision, direction, state); });
  const bool skipped = std::any_of(outcome.revisions.begin(), outcome.revisions.end(),
                                   [](const RevisionOutcome& one) { return one.state == "skipped"; });
  if (!skipped) return;
  const auto& migration = graph_.migration(revision);
  throw Error({.code = ErrorCode::expectation_failed,
               .message = fmt::format("revision {} skips itself on an empty database", migration.id.text()),
               .detail = "A requirement with `otherwise: skip` is not met by the revisions that it builds on.",
               .hint = "What the revision needs belongs into a baseline revision below it.",
               .at = Location{.file = migration.file}});
}

Session& RehearsalDatabase::session() {
  if (!session_) session_ = connect({.conninfo = url_, .application_name = std::string(kApplication)});
  return *session_;
}

}  // namespace dbmigrate
