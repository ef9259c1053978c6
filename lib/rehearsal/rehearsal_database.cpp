// The executor on a database that nobody needs.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/rehearsal_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

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

std::string RehearsalServer::name_of(std::string_view url) const {
  for (int number = databases_; number > 0; --number) {
    const auto name = fmt::format("rehearsal_{}", number);
    if (server_.url(name) == url) return sql::quote_identifier(name);
  }
  return "";
}

std::string RehearsalServer::create_database(std::string_view original) {
  const auto from = original.empty() ? "template0" : name_of(original);
  const auto name = fmt::format("rehearsal_{}", ++databases_);
  admin().run(fmt::format("CREATE DATABASE {} TEMPLATE {}", sql::quote_identifier(name), from));
  return server_.url(name);
}

void RehearsalServer::drop_database(std::string_view url) {
  const auto name = name_of(url);
  if (!name.empty()) admin().run(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name));
}

RehearsalDatabase::RehearsalDatabase(RehearsalServer& server, const RevisionGraph& graph, RehearsalOptions options)
    : server_(server), graph_(graph), options_(std::move(options)), url_(server.create_database()) {}

RehearsalDatabase::RehearsalDatabase(RehearsalDatabase& original)
    : server_(original.server_), graph_(original.graph_), options_(original.options_) {
  original.session_.reset();
  url_ = server_.create_database(original.url_);
}

RehearsalDatabase::~RehearsalDatabase() {
  session_.reset();
  try {
    server_.drop_database(url_);
  } catch (const std::exception& error) {
    // It goes with its server.
    log::debug(fmt::format("a rehearsal database stays: {}", error.what()));
  }
}

void RehearsalDatabase::upgrade(RevisionIndex revision) {
  if (try_upgrade(revision) != "skipped") return;
  const auto& migration = graph_.migration(revision);
  throw Error({.code = ErrorCode::expectation_failed,
               .message = fmt::format("revision {} skips itself on an empty database", migration.id.text()),
               .detail = "A requirement with `otherwise: skip` is not met by the revisions that it builds on.",
               .hint = "What the revision needs belongs into a baseline revision below it.",
               .at = Location{.file = migration.file}});
}

std::string RehearsalDatabase::try_upgrade(RevisionIndex revision) {
  const auto outcome = run(revision, Direction::upgrade, RowsAtStake::refuse);
  return outcome.revisions.empty() ? "applied" : outcome.revisions.back().state;
}

void RehearsalDatabase::downgrade(RevisionIndex revision, RowsAtStake rows) {
  run(revision, Direction::downgrade, rows);
}

void RehearsalDatabase::forget(RevisionIndex revision) {
  const auto& id = graph_.migration(revision).id;
  session().query(
      fmt::format("DELETE FROM {}.version WHERE branch = $1 AND revision = $2", sql::quote_identifier(version_schema_)),
      {id.branch, id.name});
}

RunOutcome RehearsalDatabase::run(RevisionIndex revision, Direction direction, RowsAtStake rows) {
  Silence silence;
  auto options = options_for(url_, version_schema_);
  options.contracts = options_.contracts;
  options.agreed = options_.agreed;
  options.allow_data_loss = rows == RowsAtStake::let_go;
  Executor executor(std::move(options), server_.clock(), silence);
  return executor.run([&](Session&, const LedgerState& state) { return plan_of(graph_, revision, direction, state); });
}

Session& RehearsalDatabase::session() {
  if (!session_) session_ = connect({.conninfo = url_, .application_name = std::string(kApplication)});
  return *session_;
}

}  // namespace dbmigrate
