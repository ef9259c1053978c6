// A branch going up while its application goes on: what did the application's statements wait for?
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/file.hpp"
#include "faults/child.hpp"
#include "postgres/session.hpp"
#include "support/test_database.hpp"

using namespace dbmigrate;
using namespace dbmigrate::tests;

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string program;
  std::string project = ".";
  std::string branch = "persons";
  std::int64_t rows = 20'000;
  std::int64_t limit_ms = 2'000;  ///< the lock timeout: nobody waits longer for a lock of ours
};

/// One statement of the application; `{}` is the id of a row that was there from the start.
using Statements = std::vector<std::string>;

/// What of a branch this program has to know.
struct Application {
  std::string table;
  std::vector<std::string> files;  ///< make and fill the tables
  Statements before;               ///< while the old code is out
  Statements after;                ///< once the new code is
  Statements deploy;               ///< SQL in between, once the new code is out
  std::vector<std::string> last;   ///< of the second run
};

Application persons() {
  return {
      .table = "personas",
      .files = {"migrations/persons/001_create_personas.up.sql", "scripts/sample_data/persons.sql"},
      .before = {"INSERT INTO personas (raw_text, persona) VALUES ('written meanwhile', '{{}}')",
                 "UPDATE personas SET raw_text = 'patched', persona = '{{\"n\": 1}}' WHERE id = '{}'",
                 "SELECT id, raw_text, persona FROM personas WHERE id = '{}'"},
      .after = {"WITH p AS (INSERT INTO persons DEFAULT VALUES RETURNING id), d AS (INSERT INTO person_data"
                " (person_id, raw_text) SELECT id, 'written now' FROM p RETURNING id, person_id) INSERT INTO personas"
                " (person_id, persona, computed_from_data_ids) SELECT person_id, '{{}}', ARRAY[id] FROM d",
                // The new code knows persons only: what was skipped it leaves as it is.
                "UPDATE personas SET persona = '{{\"n\": 2}}' WHERE id = '{}' AND person_id IS NOT NULL",
                "SELECT id, person_id, persona, version FROM personas WHERE id = '{}'"},
      // Row by row, so that it keeps nobody waiting.
      .deploy = {"CREATE TEMPORARY TABLE changed AS SELECT p.id, p.person_id, p.raw_text FROM personas p"
                 " JOIN person_data d ON d.id = p.computed_from_data_ids[cardinality(p.computed_from_data_ids)]"
                 " WHERE p.raw_text <> d.raw_text",
                 "DO $$ DECLARE one record; submission uuid; BEGIN FOR one IN SELECT * FROM changed LOOP"
                 " INSERT INTO person_data (person_id, raw_text) VALUES (one.person_id, one.raw_text)"
                 " RETURNING id INTO submission; UPDATE personas SET version = version + 1,"
                 " computed_from_data_ids = computed_from_data_ids || submission WHERE id = one.id; COMMIT;"
                 " END LOOP; END $$"},
      .last = {"--accept-skipped"}};
}

Application life_graph() {
  return {.table = "documents",
          .files = {"migrations/life_graph/000_documents.up.sql", "scripts/sample_data/life_graph_rows.sql"},
          .before = {"INSERT INTO documents (path, content) VALUES ('meanwhile', md5(random()::text))",
                     "INSERT INTO documents (path, content) VALUES ('meanwhile', 'the same content')",
                     "UPDATE documents SET path = 'moved' WHERE id = '{}'",
                     "SELECT id, path, content FROM documents WHERE id = '{}'"},
          .after = {"INSERT INTO documents (path, content, source, storage_uri) VALUES ('now', md5(random()::text),"
                    " 'upload', 'local://now')",
                    "UPDATE documents SET path = 'moved again' WHERE id = '{}'",
                    "SELECT id, path, source FROM documents WHERE id = '{}'"},
          .deploy = {},
          .last = {}};
}

std::string with_rows(std::string text, std::int64_t rows) {
  for (auto at = text.find(":rows"); at != std::string::npos; at = text.find(":rows")) {
    text.replace(at, 5, std::to_string(rows));
  }
  return text;
}

double seconds(Clock::duration took) { return std::chrono::duration<double>(took).count(); }

/// The application on a connection of its own, from construction until stop().
class Client {
 public:
  /// The server ends a statement that waits for a lock for longer than `limit_ms`; that counts as failed.
  Client(const TestDatabase& database, const Application& application, std::int64_t limit_ms)
      : application_(application), session_(database.connect("application")) {
    session_->run(fmt::format("SET lock_timeout = {}", limit_ms));
    const auto ids = session_->query("SELECT id FROM " + application.table + " TABLESAMPLE SYSTEM (10) LIMIT 5000");
    for (std::size_t i = 0; i < ids.rows.size(); ++i) ids_.push_back(ids.text(i, 0));
    thread_ = std::thread([this] { run(); });
  }
  ~Client() { stop(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Returns when no statement of the old code is under way any more.
  void deploy_new_code() {
    is_new_ = true;
    const auto begun = begun_.load();
    while (begun_ == begun) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  /// What goes on meanwhile, for the report.
  void enter(const char* phase) { phase_ = phase; }
  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }

  // To be read once it is stopped.
  std::int64_t statements = 0;
  std::vector<std::string> failures;
  struct Longest {
    std::int64_t slow = 0;  ///< statements above 100 ms
    double took = 0;        ///< milliseconds
    std::string statement;
  };
  std::map<std::string, Longest> longest;  ///< by what went on meanwhile

 private:
  void run() {
    std::minstd_rand random{42};
    while (!stopped_) {
      ++begun_;
      const auto& choice = is_new_ ? application_.after : application_.before;
      const auto& statement = choice[random() % choice.size()];
      run(fmt::format(fmt::runtime(statement), ids_[random() % ids_.size()]));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void run(const std::string& statement) {
    const auto start = Clock::now();
    try {
      session_->run(statement);
    } catch (const std::exception& error) {
      failures.push_back(fmt::format("{}: {}", statement, error.what()));
    }
    const auto took = seconds(Clock::now() - start) * 1000;
    ++statements;
    auto& phase = longest[phase_.load()];
    if (took > 100) ++phase.slow;
    if (took <= phase.took) return;
    phase.took = took;
    phase.statement = statement;
  }

  const Application& application_;
  std::unique_ptr<Session> session_;
  std::vector<std::string> ids_;
  std::thread thread_;
  std::atomic<bool> is_new_{false};
  std::atomic<std::int64_t> begun_{0};  ///< statements, counted before each is chosen
  std::atomic<const char*> phase_{"before"};
  std::atomic<bool> stopped_{false};
};

/// Looks every few milliseconds who has ACCESS EXCLUSIVE on the table, and for how long.
class LockSampler {
 public:
  LockSampler(const TestDatabase& database, std::string table)
      : session_(database.connect("sampler")), table_(std::move(table)) {
    thread_ = std::thread([this] { run(); });
  }
  ~LockSampler() { stop(); }
  LockSampler(const LockSampler&) = delete;
  LockSampler& operator=(const LockSampler&) = delete;

  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }

  double longest = 0;  ///< milliseconds, from the first look that saw it to the first that did not
  std::int64_t looks = 0;
  std::int64_t seen = 0;

 private:
  void run() {
    std::map<std::string, Clock::time_point> since;
    while (!stopped_) {
      const auto holders = session_->query(
          "SELECT virtualtransaction FROM pg_locks WHERE relation = to_regclass($1) AND granted"
          " AND mode = 'AccessExclusiveLock'",
          {table_});
      ++looks;
      const auto now = Clock::now();
      std::map<std::string, Clock::time_point> still;
      for (std::size_t i = 0; i < holders.rows.size(); ++i) {
        const auto holder = holders.text(i, 0);
        const auto known = since.find(holder);
        if (known == since.end()) ++seen;
        still[holder] = known == since.end() ? now : known->second;
      }
      for (const auto& [holder, start] : since) {
        if (!still.contains(holder)) longest = std::max(longest, seconds(now - start) * 1000);
      }
      since = std::move(still);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  std::unique_ptr<Session> session_;
  std::string table_;
  std::thread thread_;
  std::atomic<bool> stopped_{false};
};

class Load {
 public:
  Load(const Options& options, Application application) : options_(options), application_(std::move(application)) {
    for (const auto& file : application_.files) {
      database_.run(with_rows(read_file(options_.project + "/" + file), options_.rows));
    }
    database_.run("ANALYZE " + application_.table);
  }

  int run() {
    Client client(database_, application_, options_.limit_ms);
    LockSampler sampler(database_, application_.table);
    client.enter("upgrade to the hold");
    bool well = dbmigrate({"upgrade", "head"});
    client.deploy_new_code();
    client.enter("backfill run");
    if (!application_.deploy.empty()) {
      well = dbmigrate({"backfill", "run"}) && well;
      client.enter("deploying");
      for (const auto& statement : application_.deploy) database_.run(statement);
    }
    auto last = application_.last;
    last.insert(last.begin(), {"upgrade", "head", "--through-holds"});
    client.enter("upgrade past the hold");
    well = dbmigrate(last) && well;
    client.stop();
    sampler.stop();
    return report(client, sampler, well);
  }

 private:
  bool dbmigrate(const std::vector<std::string>& words) {
    std::vector<std::string> command{options_.program};
    command.insert(command.end(), words.begin(), words.end());
    for (const auto& word : {std::string("--branch"), options_.branch, std::string("--dir"),
                             options_.project + "/migrations", std::string("--url"), database_.url()}) {
      command.push_back(word);
    }
    const auto start = Clock::now();
    faults::Child child(command);
    const int status = child.wait();
    fmt::print("dbmigrate {}: exit {}, {:.1f} s\n", fmt::join(words, " "), status, seconds(Clock::now() - start));
    std::string last;
    std::istringstream lines(child.output());
    for (std::string line; std::getline(lines, line);) {
      const bool told = line.starts_with("applied") || line.starts_with("error") || line.starts_with("detail") ||
                        line.starts_with("  Migrated") || line.find("paused") != std::string::npos;
      if (line.starts_with("[") && line.find("rows/s") != std::string::npos) last = line;
      if (told || status != 0) fmt::print("  {}\n", line);
    }
    if (!last.empty()) fmt::print("  {}\n", last);
    std::fflush(stdout);
    return status == 0;
  }

  int report(const Client& client, const LockSampler& sampler, bool well) const {
    fmt::print("{} statements of the application, {} failed\n", client.statements, client.failures.size());
    for (const auto& [phase, one] : client.longest) {
      fmt::print("  {}: {} took more than 100 ms, the longest {:.0f} ms: {}\n", phase, one.slow, one.took,
                 one.statement);
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(client.failures.size(), 5); ++i) {
      fmt::print("  failed: {}\n", client.failures[i]);
    }
    fmt::print("ACCESS EXCLUSIVE on {}: seen {} times in {} looks, for {:.0f} ms at most\n", application_.table,
               sampler.seen, sampler.looks, sampler.longest);
    return well && client.failures.empty() && client.statements > 0 ? 0 : 1;
  }

  Options options_;
  Application application_;
  TestDatabase database_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Takes a branch up beside its application; fails when a statement of the application fails or waits "
      "longer than the lock timeout.");
  app.add_option("--program", options.program, "The dbmigrate to run")->required();
  app.add_option("--project", options.project, "The folder that has migrations/ and scripts/");
  app.add_option("--branch", options.branch, "persons or life_graph")->check(CLI::IsMember({"persons", "life_graph"}));
  app.add_option("--rows", options.rows, "In the application's table");
  app.add_option("--limit", options.limit_ms, "The longest wait for a lock, in milliseconds");
  CLI11_PARSE(app, argc, argv);
  try {
    return Load(options, options.branch == "persons" ? persons() : life_graph()).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "branch_load: {}\n", error.what());
    return 1;
  }
}
