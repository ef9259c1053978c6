// A database at the start of a scenario, again and again, and runs on it with and without a fault.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faults/checker.hpp"
#include "faults/child.hpp"
#include "faults/fault_kinds.hpp"
#include "faults/proxy.hpp"
#include "faults/scenario.hpp"
#include "faults/server.hpp"

namespace dbmigrate::faults {

/// One run of the program.
struct Run {
  int exit = 0;  ///< -1 = it did not end in time and was killed
  std::string output;
  bool hit = false;
  std::string what;    ///< what was hit
  bool begun = false;  ///< it had gone for the migration lock when it was struck
  /// The answer to a revision's last COMMIT did not arrive.
  enum class LastCommit { answered, not_delivered, answer_lost } last_commit = LastCommit::answered;
};

/// Lines that tell of a finished revision.
long revisions_told(const std::string& output);

class Stage {
 public:
  /// `server` outlives the stage. `pooler` is the folder of the pooler's socket, empty = direct.
  Stage(Server& server, std::string program, std::string pooler);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// Makes the scenario's start once and keeps it as SQL, and runs the scenario once without a fault. Throws
  /// std::runtime_error when that fails.
  void enter(const Scenario& scenario);
  /// The database is as it was at the start. Throws when something of the last run is still there.
  void rewind();

  /// Past the proxy.
  Run run_directly(const std::vector<std::string>& command, const std::vector<std::string>& flags);
  Run run_struck(const FaultKind& kind, long at);
  /// Side by side, past the proxy.
  std::vector<std::unique_ptr<Child>> start_many(int runners, const std::vector<std::string>& flags);
  /// Messages of a run of the scenario that nothing happens to, as `kind` numbers them.
  long messages(const FaultKind& kind);
  /// Whether this message of the run that messages() counted is a COMMIT or part of the answer to one.
  [[nodiscard]] bool is_commit(long message) const { return commits_.contains(message); }
  /// Lets go of connections that a fault keeps open.
  void release() { proxy_->arm({}); }
  /// After the server was stopped.
  void start_server();

  [[nodiscard]] const Scenario& scenario() const { return *scenario_; }
  [[nodiscard]] const Picture& expected() const { return expected_; }
  /// Told of by a run without a fault.
  [[nodiscard]] long revisions() const { return revisions_; }
  [[nodiscard]] bool pooled() const { return pooled_; }
  Picture picture() { return picture_of(*session_, before_); }
  std::string left_behind(std::chrono::milliseconds patience);
  Server& server() { return server_; }

 private:
  void connect();
  [[nodiscard]] bool can_keep_start() const;
  void keep_start();
  void make_start();
  std::string start_as_sql();
  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& command,
                                               const std::vector<std::string>& flags, const std::string& url) const;

  Server& server_;
  std::string program_;
  bool pooled_;
  std::string target_host_;  ///< where runs that nothing happens to connect
  std::filesystem::path proxy_folder_;
  std::unique_ptr<Proxy> proxy_;
  std::unique_ptr<Session> session_;
  const Scenario* scenario_ = nullptr;
  std::optional<std::string> start_;  ///< of the scenario, as SQL; empty = it is made anew each time
  std::set<long> commits_;
  long rewinds_ = 0;
  Before before_;
  Picture expected_;
  long revisions_ = 0;
};

}  // namespace dbmigrate::faults
