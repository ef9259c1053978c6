// One fault at every message of a run, one run after another, and many runs at once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "faults/fault_kinds.hpp"
#include "faults/stage.hpp"

namespace dbmigrate::faults {

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
  std::string repeat;  ///< options that make it happen again
  bool hit = false;
  Verdict verdict = Verdict::converged;
  std::string story;  ///< for a person who has to find out what went wrong
};

struct Tally {
  std::string scenario;
  std::string fault;
  long messages = 0;  ///< of a run that nothing happens to; 0 = not counted
  long trials = 0;
  long lost_commits = 0;  ///< trials in which the answer to a revision's last COMMIT was lost and the run went on
  std::vector<Trial> failures;
};

/// Which messages to strike at.
struct Range {
  long first = 1;
  long stride = 1;
  long last = 0;                                ///< 0 = until a run is not hit
  enum class Of { all, commits } of = Of::all;  ///< commits: each COMMIT, its answer, and the end of the answer
};

enum class RaceStart { empty, half_way };

/// All of these work on the scenario that the stage has entered.
Tally strike_everywhere(Stage& stage, const FaultKind& kind, const Range& range);

using Pair = std::pair<long, long>;
/// `count` pairs of messages of the scenario.
std::vector<Pair> pairs_of(Stage& stage, int count, std::uint32_t seed);
/// Cuts a run at the first message and its re-run at the second.
Tally cut_twice(Stage& stage, const std::vector<Pair>& pairs);

/// Many runs at once; `failures` has those rounds that were not clean.
Tally race(Stage& stage, int runners, int rounds, RaceStart start);

/// Something was done more than once.
bool something_twice(const Picture& found);
std::string indented(const std::string& text);

}  // namespace dbmigrate::faults
