// A server whose settings are as production has them, databases on it, and a look at their health.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "faults/server.hpp"
#include "health/health_run.hpp"
#include "postgres/session.hpp"
#include "support/project.hpp"

namespace dbmigrate::tests {

/// fsync and autovacuum on, prepared transactions allowed; one a process.
faults::Server& health_server();

/// Polls until `holds`; fails the test after ten seconds.
void eventually(const std::function<bool()>& holds);

/// A database on that server for one test.
class HealthDatabase {
 public:
  explicit HealthDatabase(faults::Server& server = health_server());
  ~HealthDatabase();
  HealthDatabase(const HealthDatabase&) = delete;
  HealthDatabase& operator=(const HealthDatabase&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string url(std::string_view user = "postgres") const { return server_.url(name_, user); }
  [[nodiscard]] std::unique_ptr<Session> connect(std::string application = "test",
                                                 std::string_view user = "postgres") const;
  /// After the server was away.
  void reconnect();
  void run(std::string_view sql);
  std::string ask(std::string_view sql);

 private:
  faults::Server& server_;
  std::string name_;
  std::unique_ptr<Session> session_;
};

/// With the catalog files of its revisions.
void write_catalogs(const Project& project);

/// Runs `upgrade TARGET`.
void upgrade(const HealthDatabase& database, const Project& project, const std::string& target = "head");

/// A threshold of a check, as dbmigrate.yaml has it: `{"sequence", "10%", "off"}`.
struct Limit {
  std::string check;
  std::string warning;
  std::string critical;
};
HealthSectionOfFile limits(const std::vector<Limit>& list);

struct Looking {
  std::vector<std::string> branches{"main"};
  std::vector<Limit> limits{};
  HealthSectionOfFile settings{};  ///< beside the limits
  std::chrono::seconds clock_off{0};
  HealthLimits bounds{};
};

HealthReport look_at(Session& session, const Project& project, const Looking& looking = {});
HealthReport look_at(const HealthDatabase& database, const Project& project, const Looking& looking = {});

/// The checks that are not ok, each with its status and its objects: `warning no_pk: table public.t`, a line each.
/// `version_supported` is left out: it says how old the server's version is, not how the database is.
std::string alarms(const HealthReport& report);

/// The worst of the checks without that one.
HealthStatus status_of(const HealthReport& report);

const CheckOutcome& outcome_of(const HealthReport& report, std::string_view check);

}  // namespace dbmigrate::tests
