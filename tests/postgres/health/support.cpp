// Server, databases and looks.
// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include "executor/executor.hpp"
#include "planner/plan.hpp"
#include "rehearsal/catalog_replay.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

namespace dbmigrate::tests {

faults::Server& health_server() {
  static faults::Server server({{"fsync", "on"},
                                {"synchronous_commit", "off"},
                                {"autovacuum", "on"},
                                {"autovacuum_naptime", "1d"},
                                {"max_prepared_transactions", "5"},
                                {"max_locks_per_transaction", "256"},
                                {"wal_level", "logical"}});
  return server;
}

void eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) FAIL("it did not come to be within ten seconds");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

HealthDatabase::HealthDatabase(faults::Server& server) : server_(server) {
  static int count = 0;
  name_ = fmt::format("health_{}", ++count);
  dbmigrate::connect({.conninfo = server_.url("postgres"), .application_name = "test"})
      ->run("CREATE DATABASE " + name_ + " TEMPLATE template0");
  session_ = connect();
}

HealthDatabase::~HealthDatabase() {
  session_.reset();
  try {
    dbmigrate::connect({.conninfo = server_.url("postgres"), .application_name = "test"})
        ->run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{} stays: {}\n", name_, error.what());
  }
}

std::unique_ptr<Session> HealthDatabase::connect(std::string application, std::string_view user) const {
  return dbmigrate::connect({.conninfo = url(user), .application_name = std::move(application)});
}

void HealthDatabase::reconnect() { session_ = connect(); }

void HealthDatabase::run(std::string_view sql) { session_->run(sql); }

std::string HealthDatabase::ask(std::string_view sql) {
  const auto results = session_->run(sql);
  return results.back().rows.empty() ? "" : results.back().text(0, 0);
}

void write_catalogs(const Project& project) {
  const char* preferred = std::getenv("DBMIGRATE_TEST_PG_BIN");
  static RehearsalServer server(find_server_binaries(preferred != nullptr ? preferred : ""), system_clock());
  const auto graph = project.graph();
  for (const auto& file : replay_catalogs(server, graph, graph.in_order(), [](const RevisionId&) {})) {
    const auto folder = file.id.branch == "main" ? std::string() : file.id.branch + "/";
    project.write(folder + "catalog/" + file.id.name + ".yaml", catalog_file_text(file));
  }
}

void upgrade(const HealthDatabase& database, const Project& project, const std::string& target) {
  RunOptions options;
  options.conninfo = database.url();
  options.identity = {.run_id = "6b0e2c53-7a52-4b6e-8d51-1f2f2f2f2f2f",
                      .command = "upgrade",
                      .os_user = "test",
                      .host = "test",
                      .application = "dbmigrate 6b0e2c53",
                      .tool_version = "test",
                      .git_commit = "",
                      .flags = "",
                      .change = ""};
  const auto graph = project.graph();
  std::vector<std::string> branches;
  for (const auto& branch : graph.branches()) branches.push_back(branch.name);
  RecordingObserver observer;
  Executor executor(std::move(options), system_clock(), observer);
  static_cast<void>(executor.run([&](Session&, const LedgerState& state) {
    return plan_upgrade(graph, state.rows, target, {.branches = branches, .branches_with_rows = {}});
  }));
}

HealthSectionOfFile limits(const std::vector<Limit>& list) {
  HealthSectionOfFile section;
  for (const auto& one : list) {
    HealthCheckSetting setting{.id = one.check, .at = {}, .warning = {}, .critical = {}};
    if (!one.warning.empty()) setting.warning = HealthLimitText{one.warning, {}};
    if (!one.critical.empty()) setting.critical = HealthLimitText{one.critical, {}};
    section.checks.push_back(std::move(setting));
  }
  return section;
}

HealthReport look_at(Session& session, const Project& project, const Looking& looking) {
  const auto graph = project.graph();
  const Contracts contracts(graph);
  const HealthSubject subject{.graph = graph,
                              .contracts = contracts,
                              .branches = looking.branches,
                              .version_schema = "dbmigrate",
                              .role = "",
                              .recent_writes_after = std::chrono::hours(1),
                              .now = [&] { return std::chrono::system_clock::now() + looking.clock_off; }};
  // Suppressions outlive the report that tells of them.
  static std::vector<std::unique_ptr<HealthSectionOfFile>> kept;
  auto& settings = *kept.emplace_back(std::make_unique<HealthSectionOfFile>(looking.settings));
  for (auto& one : limits(looking.limits).checks) settings.checks.push_back(std::move(one));
  return run_health(session, subject, settings, looking.bounds);
}

HealthReport look_at(const HealthDatabase& database, const Project& project, const Looking& looking) {
  const auto session = database.connect("dbmigrate 00000000");
  return look_at(*session, project, looking);
}

std::string alarms(const HealthReport& report) {
  std::string text;
  for (const auto& one : report.checks) {
    if (one.status == HealthStatus::ok || one.chosen.check->id == "version_supported") continue;
    text += fmt::format("{}{} {}:", text.empty() ? "" : "\n", name_of(one.status), one.chosen.check->id);
    for (const auto& finding : one.findings) text += " " + finding.object;
    if (one.findings.empty()) text += " " + one.says;
  }
  return text;
}

HealthStatus status_of(const HealthReport& report) {
  auto status = HealthStatus::ok;
  for (const auto& one : report.checks) {
    if (one.chosen.check->id != "version_supported") status = worse(status, one.status);
  }
  return status;
}

const CheckOutcome& outcome_of(const HealthReport& report, std::string_view check) {
  for (const auto& one : report.checks) {
    if (one.chosen.check->id == check) return one;
  }
  throw std::runtime_error(fmt::format("the report has no {}", check));
}

}  // namespace dbmigrate::tests
