// One fault at every message of a run, one run after another.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/checker.hpp"
#include "faults/proxy.hpp"
#include "faults/scenario.hpp"
#include "faults/server.hpp"

namespace dbmigrate::faults {

/// A kind of fault as the sweep knows it: what happens, to whom, and how the program may end.
struct FaultKind {
  std::string name;
  std::string about;
  Fault::Kind kind = Fault::Kind::cut;
  Fault::Scope scope = Fault::Scope::all;
  Fault::Later later = Fault::Later::refuse;
  bool lock_connection = false;               ///< numbers the messages of the lock's connection instead of the worker's
  int signal = 0;                             ///< to the program, at the message
  bool server_stops = false;                  ///< at the message, and starts again before the re-run
  std::vector<int> exits;                     ///< that the struck run may end with; before it began also 4
  std::vector<std::string> flags;             ///< for the program
  std::chrono::milliseconds patience{5'000};  ///< until nothing of ours is left on the server
};

const std::vector<FaultKind>& fault_kinds();

enum class Verdict {
  converged,
  stuck,      ///< the re-run failed
  twice,      ///< something was done twice
  lost,       ///< something was not done, and the re-run said that all is well
  wrong,      ///< the re-run said that all is well, and the database is different
  bad_exit,   ///< the struck run ended with a status, or words, that it may not end with
  left_over,  ///< sessions or locks stayed on the server
};
std::string words_of(Verdict verdict);

struct Trial {
  long at = 0;
  bool hit = false;
  Verdict verdict = Verdict::converged;
  std::string story;  ///< for a person who has to find out what went wrong
};

struct Tally {
  std::string scenario;
  std::string fault;
  long messages = 0;  ///< of a run that nothing happens to
  long trials = 0;
  std::vector<Trial> failures;
};

struct SweepOptions {
  std::string program;
  long first = 1;
  long stride = 1;
  long last = 0;  ///< 0 = until a run is not hit
  bool pooled = false;
};

class Sweep {
 public:
  /// All outlive the sweep. `pooler` is the folder of the pooler's socket, empty = direct.
  Sweep(Server& server, const SweepOptions& options, std::string pooler);
  ~Sweep();
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  /// Strikes at every message from `first` on.
  Tally strike_everywhere(const Scenario& scenario, const FaultKind& kind);
  /// Cuts a run at one random message and its re-run at another, `pairs` times.
  Tally cut_twice(const Scenario& scenario, int pairs, std::uint32_t seed);
  /// Many at once on an empty or half-migrated database; `failures` has those rounds that were not clean.
  Tally race(const Scenario& scenario, int runners, int rounds, bool half_way);

 private:
  struct Run {
    int exit = 0;
    std::string output;
    bool hit = false;
    std::string what;
    bool begun = false;           ///< it had gone for the migration lock when it was struck
    bool in_last_commit = false;  ///< what came before COMMIT was the last of a revision
  };
  void start_of(const Scenario& scenario);
  Picture clean_picture(const Scenario& scenario);
  Run run_directly(const std::vector<std::string>& command, const std::vector<std::string>& flags);
  Run run_struck(const Scenario& scenario, const FaultKind& kind, long at);
  Trial judge(const Scenario& scenario, const FaultKind& kind, const Run& struck, const Picture& expected, long at);
  Trial race_once(const Scenario& scenario, const Picture& expected, int runners, bool half_way, int round);
  std::vector<std::string> words(const std::vector<std::string>& command, const std::vector<std::string>& flags,
                                 const std::string& url) const;
  void connect();
  [[nodiscard]] Route route() const { return options_.pooled ? Route::pooled : Route::direct; }

  Server& server_;
  const SweepOptions& options_;
  std::string target_host_;  ///< where runs that nothing happens to connect
  std::filesystem::path proxy_folder_;
  std::unique_ptr<Proxy> proxy_;
  std::unique_ptr<Session> session_;
  std::filesystem::path directory_;  ///< of the scenario at hand
  long revisions_ = 0;               ///< that a clean run of it tells of
};

}  // namespace dbmigrate::faults
