// Strike, run again, look.
// SPDX-License-Identifier: Apache-2.0
#include "faults/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <random>

namespace dbmigrate::faults {
namespace {

using std::chrono::milliseconds;

/// What is wrong with the words of a run that went on: it has to tell of every revision, and of a revision's COMMIT
/// whose answer it lost what became of it - and that has to be true.
std::string missing_words(const Run& run, const Stage& stage) {
  std::string missing;
  const auto told = revisions_told(run.output);
  if (told != stage.revisions())
    missing = fmt::format("  told of {} revisions instead of {}\n", told, stage.revisions());
  if (run.last_commit == Run::LastCommit::answered) return missing;
  const bool committed = run.output.find(" was committed\n") != std::string::npos;
  const bool not_committed = run.output.find(" was not committed\n") != std::string::npos;
  // A pooler may have dropped the COMMIT that it had received.
  const bool may_be_lost = stage.pooled() || run.last_commit == Run::LastCommit::not_delivered;
  const bool may_be_done = run.last_commit == Run::LastCommit::answer_lost;
  if (!committed && !not_committed) missing += "  does not say what became of the COMMIT\n";
  if ((committed && !may_be_done) || (not_committed && !may_be_lost))
    missing += "  says the wrong thing about the COMMIT\n";
  return missing;
}

bool exit_fits(const FaultKind& kind, const Run& run) {
  if (!run.hit) return run.exit == 0;
  return std::find(kind.exits.begin(), kind.exits.end(), run.exit) != kind.exits.end() || (!run.begun && run.exit == 4);
}

Trial judge(Stage& stage, const FaultKind& kind, const Run& struck) {
  Trial trial{.repeat = {}, .hit = struck.hit, .story = {}};
  // What the fault leaves on the server is not waited for: the next run has to live with it.
  if (kind.server_stops && struck.hit) stage.start_server();
  const auto start = std::chrono::steady_clock::now();
  const auto again = stage.run_directly(stage.scenario().command, {"--wait", "60s", "--idle-timeout", "1s"});
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  stage.release();
  const auto left = stage.left_behind(kind.patience);
  const auto found = stage.picture();
  const auto differs = difference(stage.expected(), found);

  const auto words = kind.heals() && struck.begun && struck.exit == 0 ? missing_words(struck, stage) : "";
  if (again.exit != 0) {
    trial.verdict = Verdict::stuck;
  } else if (something_twice(found)) {
    trial.verdict = Verdict::twice;
  } else if (!differs.empty()) {
    trial.verdict = found.effects.size() < stage.expected().effects.size() ? Verdict::lost : Verdict::wrong;
  } else if (!exit_fits(kind, struck) || !words.empty()) {
    trial.verdict = Verdict::bad_exit;
  } else if (!left.empty()) {
    trial.verdict = Verdict::left_over;
  }
  trial.story = fmt::format("{} {}: {}\n  {}\n  first run: exit {}\n{}\n  run again: exit {} after {} ms\n{}\n{}{}",
                            stage.scenario().name, kind.name, words_of(trial.verdict), struck.what, struck.exit,
                            indented(struck.output), again.exit, took.count(), indented(again.output), differs + words,
                            left.empty() ? "" : "  left: " + left + "\n");
  return trial;
}

}  // namespace

std::string words_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::converged:
      return "converged";
    case Verdict::stuck:
      return "stuck";
    case Verdict::twice:
      return "done twice";
    case Verdict::lost:
      return "lost";
    case Verdict::wrong:
      return "exit 0 but wrong";
    case Verdict::bad_exit:
      return "wrong exit status or words";
    case Verdict::left_over:
      return "left over on the server";
  }
  return "";
}

std::string indented(const std::string& text) {
  std::string result = "    ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "    ";
  }
  return result;
}

bool something_twice(const Picture& found) {
  const auto counted_twice = [](const std::string& text) {
    for (std::size_t at = text.find(" x "); at != std::string::npos; at = text.find(" x ", at + 1)) {
      if (std::stoi(text.substr(at + 3)) > 1) return true;
    }
    return false;
  };
  return counted_twice(found.effects) || counted_twice(found.history);
}

Tally strike_everywhere(Stage& stage, const FaultKind& kind, const Range& range) {
  Tally tally{.scenario = stage.scenario().name, .fault = kind.name, .failures = {}};
  tally.messages = stage.messages(kind);
  if (range.of == Range::Of::commits) tally.fault += " at COMMITs";
  for (long at = range.first; range.last == 0 || at <= range.last; at += range.stride) {
    if (range.of == Range::Of::commits && at <= tally.messages && !stage.is_commit(at)) continue;
    stage.rewind();
    const auto struck = stage.run_struck(kind, at);
    auto trial = judge(stage, kind, struck);
    trial.repeat = fmt::format("--fault {} --at {}", kind.name, at);
    if (kind.heals() && struck.last_commit != Run::LastCommit::answered) ++tally.lost_commits;
    if (trial.verdict != Verdict::converged) tally.failures.push_back(trial);
    if (!trial.hit) break;
    ++tally.trials;
  }
  return tally;
}

std::vector<Pair> pairs_of(Stage& stage, int count, std::uint32_t seed) {
  const auto messages = static_cast<unsigned long>(stage.messages(fault_kinds().front()));
  std::mt19937 random(seed);
  const auto any = [&] { return 1 + static_cast<long>(random() % messages); };
  std::vector<Pair> pairs;
  for (int i = 0; i < count; ++i) {
    const long first = any();
    pairs.emplace_back(first, any());
  }
  return pairs;
}

Tally cut_twice(Stage& stage, const std::vector<Pair>& pairs) {
  Tally tally{.scenario = stage.scenario().name, .fault = "pairs", .failures = {}};
  const auto& kind = fault_kinds().front();
  for (const auto& [first, second] : pairs) {
    stage.rewind();
    const auto one = stage.run_struck(kind, first);
    // The second run has less to do and may end before its message.
    auto trial = judge(stage, kind, stage.run_struck(kind, second));
    trial.repeat = fmt::format("--pair {},{}", first, second);
    trial.story = fmt::format("cut at {}, its re-run at {}\n  {}\n{}\n{}", first, second, one.what,
                              indented(one.output), trial.story);
    if (trial.verdict != Verdict::converged) tally.failures.push_back(trial);
    ++tally.trials;
  }
  return tally;
}

}  // namespace dbmigrate::faults
