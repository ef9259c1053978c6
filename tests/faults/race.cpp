// Many runs at once, on an empty or half-migrated database.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

#include "faults/sweep.hpp"

namespace dbmigrate::faults {
namespace {

void go_half_way(Stage& stage) {
  auto part = stage.scenario().command;
  if (stage.scenario().half_way.empty()) throw std::runtime_error(stage.scenario().name + " has no half-way target");
  part.at(1) = stage.scenario().half_way;
  const auto run = stage.run_directly(part, {});
  if (run.exit != 0) throw std::runtime_error("cannot go half-way:\n" + run.output);
}

Trial race_once(Stage& stage, int runners, RaceStart start) {
  stage.rewind();
  if (start == RaceStart::half_way) go_half_way(stage);
  const auto log = stage.server().log_size();
  const auto children = stage.start_many(runners, {"--wait", "5min"});
  Trial trial{.repeat = {}, .hit = true, .story = {}};
  int performed = 0;
  for (const auto& child : children) {
    const int exit = child->wait();
    if (revisions_told(child->output()) > 0) ++performed;
    if (exit == 0) continue;
    trial.verdict = Verdict::stuck;
    trial.story += fmt::format("  exit {}\n{}\n", exit, indented(child->output()));
  }
  const auto left = stage.left_behind(std::chrono::milliseconds{5'000});
  const auto found = stage.picture();
  const auto differs = difference(stage.expected(), found);
  const auto errors = stage.server().errors_since(log);
  if (something_twice(found)) trial.verdict = Verdict::twice;
  if (trial.verdict == Verdict::converged && !differs.empty()) trial.verdict = Verdict::wrong;
  if (trial.verdict == Verdict::converged && (!errors.empty() || performed != 1)) trial.verdict = Verdict::bad_exit;
  if (trial.verdict == Verdict::converged && !left.empty()) trial.verdict = Verdict::left_over;
  trial.story += fmt::format("  {} of {} runs performed\n", performed, runners) + differs + left;
  for (const auto& error : errors) trial.story += "  server log: " + error + "\n";
  return trial;
}

}  // namespace

Tally race(Stage& stage, int runners, int rounds, RaceStart start) {
  const bool half_way = start == RaceStart::half_way;
  Tally tally{.scenario = stage.scenario().name,
              .fault = fmt::format("race of {}{}", runners, half_way ? ", half-way" : ""),
              .failures = {}};
  for (int round = 1; round <= rounds; ++round) {
    auto trial = race_once(stage, runners, start);
    trial.repeat = fmt::format("--races {} --runners {} --start {}", rounds, runners, half_way ? "half-way" : "empty");
    trial.story = fmt::format("{} round {} with {} runners: {}\n{}", stage.scenario().name, round, runners,
                              words_of(trial.verdict), trial.story);
    if (trial.verdict != Verdict::converged) tally.failures.push_back(trial);
    ++tally.trials;
  }
  return tally;
}

}  // namespace dbmigrate::faults
