// Reset, strike, wait.
// SPDX-License-Identifier: Apache-2.0
#include "faults/stage.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace dbmigrate::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kDatabase = "faults";
constexpr milliseconds kStep{100};
constexpr long kVacuumEvery = 20;

/// The worker is `dbmigrate XXXXXXXX`; the lock's connection has ` lock` behind that, a probe ` probe`.
bool is_lock(const std::string& application) { return application.ends_with(" lock"); }
bool is_worker(const std::string& application) {
  return application.starts_with("dbmigrate ") && !is_lock(application) && !application.ends_with(" probe");
}

/// Follows the worker's messages to know whether a COMMIT is the last of a revision.
class CommitWatch {
 public:
  void see(const Message& message) {
    if (message.side != Side::frontend) return;
    committing_ = message.text() == "F Query COMMIT";
    if (message.type == 'Q') {
      if (message.bytes.find("BEGIN ISOLATION") != std::string::npos) last_ = false;
      last_ = last_ || message.bytes.find("UPDATE \"dbmigrate\".version SET state = 'applied'") != std::string::npos ||
              message.bytes.find("UPDATE \"dbmigrate\".version SET state = 'adopted'") != std::string::npos ||
              message.bytes.find("DELETE FROM \"dbmigrate\".version") != std::string::npos;
    }
  }

  /// From a COMMIT to the end of its answer.
  [[nodiscard]] bool committing() const { return committing_; }

  /// What became of the COMMIT that runs when `message` is struck.
  [[nodiscard]] Run::LastCommit struck_at(const Message& message, Fault::Kind kind) const {
    if (!last_ || !committing_) return Run::LastCommit::answered;
    const bool delivered = kind == Fault::Kind::deliver_then_cut;
    if (message.type == 'Q') return delivered ? Run::LastCommit::answer_lost : Run::LastCommit::not_delivered;
    return message.type == 'Z' && delivered ? Run::LastCommit::answered : Run::LastCommit::answer_lost;
  }

 private:
  bool last_ = false;
  bool committing_ = false;
};

std::string without_psql_commands(const std::string& dump) {
  std::istringstream lines(dump);
  std::string sql;
  for (std::string line; std::getline(lines, line);) {
    // A random word against injection, which psql alone understands.
    if (!line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict ")) sql += line + '\n';
  }
  return sql;
}

}  // namespace

long revisions_told(const std::string& output) {
  long told = 0;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("applied ") || line.starts_with("adopted ") || line.starts_with("reverted ")) ++told;
  }
  return told;
}

Stage::Stage(Server& server, std::string program, std::string pooler)
    : server_(server),
      program_(std::move(program)),
      pooled_(!pooler.empty()),
      target_host_(pooler.empty() ? server.folder().string() : std::move(pooler)),
      proxy_folder_(server.folder() / "proxy") {
  std::filesystem::create_directory(proxy_folder_);
  proxy_ = std::make_unique<Proxy>(Endpoint{.host = proxy_folder_.string()}, Endpoint{.host = target_host_});
  auto admin = dbmigrate::connect({.conninfo = server_.url("postgres"), .application_name = "faults"});
  admin->run("DROP DATABASE IF EXISTS faults WITH (FORCE)");
  admin->run("CREATE DATABASE faults TEMPLATE template0");
  connect();
}

Stage::~Stage() = default;

void Stage::connect() {
  session_ = dbmigrate::connect({.conninfo = server_.url(kDatabase), .application_name = "faults checker"});
}

void Stage::start_server() {
  server_.start();
  connect();
}

std::string Stage::left_behind(milliseconds patience) {
  return faults::left_behind(*session_, pooled_ ? Route::pooled : Route::direct, patience);
}

void Stage::enter(const Scenario& scenario) {
  scenario_ = &scenario;
  start_.reset();
  rewind();
  before_ = everything_in(*session_);
  if (can_keep_start()) keep_start();
  rewind();
  const auto run = run_directly(scenario.command, {});
  if (run.exit != 0) throw std::runtime_error(fmt::format("{} fails by itself:\n{}", scenario.name, run.output));
  revisions_ = revisions_told(run.output);
  expected_ = picture();
  // Plans for our questions to the catalog are better for it, and the catalog is at its fullest now.
  session_->run("VACUUM ANALYZE");
}

bool Stage::can_keep_start() const { return std::filesystem::exists(server_.program("pg_dump")); }

void Stage::keep_start() {
  const auto made = picture();
  start_ = start_as_sql();
  rewind();
  auto restored = picture();
  // pg_dump's CHECK expressions come back with their casts in other places.
  restored.catalog = made.catalog;
  if (const auto differs = difference(made, restored); !differs.empty()) {
    throw std::runtime_error(fmt::format("the start of {} cannot be restored:\n{}", scenario_->name, differs));
  }
}

void Stage::make_start() {
  if (!scenario_->host_tables.empty()) {
    session_->run(scenario_->host_tables);
    const auto host = with_fixed_ids(start_as_sql());
    reset(*session_);
    session_->run(host);
    session_->run("RESET ALL; SET timezone = 'UTC'");
  }
  if (scenario_->prepare.empty()) return;
  const auto run = run_directly(scenario_->prepare, {});
  if (run.exit != 0) throw std::runtime_error(fmt::format("{} does not begin:\n{}", scenario_->name, run.output));
  session_->run("TRUNCATE effects.effects; TRUNCATE dbmigrate.history");
}

/// Restoring a dump takes a fraction of the time that the program needs to get there, and gives the same ids and times.
std::string Stage::start_as_sql() {
  Child dump({server_.program("pg_dump"), "--inserts", "--dbname", server_.url(kDatabase)});
  if (dump.wait() != 0) throw std::runtime_error("pg_dump fails:\n" + dump.output());
  return "DROP SCHEMA effects CASCADE;" + without_psql_commands(dump.output());
}

void Stage::rewind() {
  if (const auto left = left_behind(milliseconds{20'000}); !left.empty()) {
    throw std::runtime_error("the last run still has on the server: " + left);
  }
  // Every trial leaves as many dead rows in the catalog as it had objects, and no autovacuum runs.
  if (++rewinds_ % kVacuumEvery == 0) session_->run("VACUUM");
  reset(*session_);
  if (start_) {
    session_->run(*start_);
  } else {
    make_start();
  }
  session_->run("RESET ALL; SET timezone = 'UTC'");
}

std::vector<std::string> Stage::words(const std::vector<std::string>& command, const std::vector<std::string>& flags,
                                      const std::string& url) const {
  std::vector<std::string> all{program_};
  all.insert(all.end(), command.begin(), command.end());
  all.insert(all.end(), {"--dir", scenario_->directory.string(), "--url", url, "--color", "never"});
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

Run Stage::run_directly(const std::vector<std::string>& command, const std::vector<std::string>& flags) {
  Child child(words(command, flags, url_at(target_host_, "5432", kDatabase, "postgres")));
  const int exit = child.wait();
  return {.exit = exit, .output = child.output(), .what = {}};
}

std::vector<std::unique_ptr<Child>> Stage::start_many(int runners, const std::vector<std::string>& flags) {
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < runners; ++i) {
    children.push_back(
        std::make_unique<Child>(words(scenario_->command, flags, url_at(target_host_, "5432", kDatabase, "postgres"))));
  }
  return children;
}

Run Stage::run_struck(const FaultKind& kind, long at) {
  Child* victim = nullptr;
  Fault fault{
      .kind = kind.kind, .at = at, .scope = kind.scope, .later = kind.later, .delay = milliseconds{30}, .hook = {}};
  if (kind.signal != 0) fault.hook = [&] { victim->signal(kind.signal); };
  if (kind.server_stops) fault.hook = [&] { server_.kill_at_once(); };
  CommitWatch commits;
  const bool counts_only = kind.kind == Fault::Kind::none;
  if (counts_only) commits_.clear();
  Run run{.output = {}, .what = {}};
  proxy_->on_message([&](long number, const Message& message) {
    commits.see(message);
    if (counts_only && commits.committing()) commits_.insert(number);
    if (number == at) run.last_commit = commits.struck_at(message, kind.kind);
  });
  proxy_->arm(std::move(fault), kind.lock_connection ? is_lock : is_worker);
  // Else the first question on a connection has the time that a pooler lets its clients wait.
  const std::string patience = kind.kind == Fault::Kind::black_hole ? "&connect_timeout=5" : "";
  const auto url = url_at(proxy_folder_.string(), "5432", kDatabase, "postgres") + patience;
  Child child(words(scenario_->command, kind.flags, url));
  victim = &child;
  const auto deadline = steady_clock::now() + kind.ends_within;
  bool in_time = true;
  while (in_time && !child.over()) {
    proxy_->step(kStep, child.end_descriptor());
    in_time = steady_clock::now() < deadline;
  }
  if (!in_time) child.signal(SIGKILL);
  // The program's goodbye may still be on its way.
  for (int i = 0; i < 2 && !proxy_->hit(); ++i) proxy_->step(milliseconds{0});
  proxy_->on_message({});
  run.exit = child.wait();
  if (!in_time) run.exit = -1;
  run.output = child.output();
  if (!in_time) run.output += fmt::format("did not end within {} ms\n", kind.ends_within.count());
  run.hit = proxy_->hit();
  run.what = proxy_->what_was_hit();
  run.begun = proxy_->others_before_hit() > 0;
  // The ends of what the program left are passed on; a connection that is half open stays so.
  if (kind.kind != Fault::Kind::half_open && kind.kind != Fault::Kind::black_hole) proxy_->step(milliseconds{0});
  return run;
}

long Stage::messages(const FaultKind& kind) {
  rewind();
  const auto run = run_struck(no_fault(kind), 0);
  if (run.exit != 0) throw std::runtime_error(fmt::format("{} fails by itself:\n{}", scenario_->name, run.output));
  return proxy_->count();
}

}  // namespace dbmigrate::faults
