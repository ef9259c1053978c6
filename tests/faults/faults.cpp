// `faults`: runs dbmigrate into every cut, kill and race, and judges what is left.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "faults/pooler.hpp"
#include "faults/sweep.hpp"

namespace dbmigrate::faults {
namespace {

struct Options {
  std::string program;
  Range range;
  bool pooled = false;
  bool commits = false;
  std::string project = ".";
  std::vector<std::string> scenarios;
  std::vector<std::string> faults;
  long at = 0;
  int pairs = 0;
  std::vector<std::string> pair;  ///< `K1,K2`
  int races = 0;
  int runners = 16;
  std::string start;  ///< of races; empty = both
  std::uint32_t seed = 1;
  bool list = false;
};

constexpr const char* kCounts = "tests/faults/message_counts.txt";

/// The committed numbers of messages of a clean run: lines `MAJOR SCENARIO CONNECTION COUNT...`.
std::vector<long> committed_counts(const std::string& project, const std::string& key) {
  std::ifstream file(project + "/" + kCounts);
  std::vector<long> counts;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key + " ")) continue;
    std::istringstream numbers(line.substr(key.size()));
    for (long count = 0; numbers >> count;) counts.push_back(count);
  }
  return counts;
}

Pair pair_of(const std::string& text) {
  const auto comma = text.find(',');
  if (comma == std::string::npos) throw std::runtime_error(fmt::format("\"{}\" is not K1,K2", text));
  return {std::stol(text.substr(0, comma)), std::stol(text.substr(comma + 1))};
}

template <class Item>
std::vector<Item> chosen(const std::vector<Item>& all, const std::vector<std::string>& names, const char* what) {
  if (names.empty()) return all;
  std::vector<Item> some;
  for (const auto& name : names) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Item& item) { return item.name == name; });
    if (found == all.end()) throw std::runtime_error(fmt::format("there is no {} \"{}\"; see --list", what, name));
    some.push_back(*found);
  }
  return some;
}

long with_verdict(const Tally& tally, std::initializer_list<Verdict> verdicts) {
  return std::count_if(tally.failures.begin(), tally.failures.end(), [&](const Trial& trial) {
    return std::find(verdicts.begin(), verdicts.end(), trial.verdict) != verdicts.end();
  });
}

void print_row(const Tally& tally, std::string_view way) {
  const auto bad = static_cast<long>(tally.failures.size());
  fmt::print("| {} | {}{} | {} | {} | {} | {} | {} | {} | {} | {} |\n", tally.scenario, tally.fault, way,
             tally.messages, tally.trials, tally.trials - std::min(bad, tally.trials),
             with_verdict(tally, {Verdict::stuck}), with_verdict(tally, {Verdict::twice}),
             with_verdict(tally, {Verdict::lost, Verdict::wrong}),
             with_verdict(tally, {Verdict::bad_exit, Verdict::left_over}), tally.lost_commits);
  std::fflush(stdout);
}

class Program {
 public:
  explicit Program(Options options) : options_(std::move(options)) {}

  int run() {
    const auto pgbouncer = options_.pooled ? find_pgbouncer() : "";
    if (options_.pooled && pgbouncer.empty()) {
      fmt::print("skipped: PgBouncer is not installed\n");
      return 0;
    }
    Server server;
    std::optional<Pooler> pooler;
    if (!pgbouncer.empty()) pooler.emplace(server, pgbouncer);
    Stage stage(server, options_.program, pooler ? pooler->folder() : "");
    major_ = std::to_string(server.major());
    const auto scenarios =
        chosen(scenarios_in(server.folder() / "scenarios", options_.project), options_.scenarios, "scenario");
    fmt::print(
        "| scenario | fault | K | trials | converged | stuck | twice | wrong | other | COMMITs "
        "|\n|---|---|---|---|---|---|---|---|---|---|\n");
    for (const auto& scenario : scenarios) {
      if (!scenario.host_tables.empty() && !std::filesystem::exists(server.program("pg_dump"))) {
        fmt::print("skipped: {} needs a pg_dump beside the server\n", scenario.name);
        continue;
      }
      stage.enter(scenario);
      run_scenario(stage);
    }
    return failures_ == 0 ? 0 : 1;
  }

 private:
  void run_scenario(Stage& stage) {
    if (options_.races > 0) {
      if (options_.start != "half-way") tell(race(stage, options_.runners, options_.races, RaceStart::empty));
      if (options_.start != "empty") tell(race(stage, options_.runners, options_.races, RaceStart::half_way));
    } else if (!options_.pair.empty()) {
      std::vector<Pair> pairs;
      for (const auto& text : options_.pair) pairs.push_back(pair_of(text));
      tell(cut_twice(stage, pairs));
    } else if (options_.pairs > 0) {
      tell(cut_twice(stage, pairs_of(stage, options_.pairs, options_.seed)));
    } else {
      for (const auto& kind : chosen(fault_kinds(), options_.faults, "fault")) {
        const auto tally = strike_everywhere(stage, kind, options_.range);
        tell(tally);
        compare_count(tally, kind.lock_connection ? "lock" : "worker");
      }
    }
  }

  /// A proxy gone blind, or a run that asks the server more often than it did, is to be seen.
  void compare_count(const Tally& tally, std::string_view connection) {
    const auto key = fmt::format("{} {} {}{}", major_, tally.scenario, options_.pooled ? "pooled-" : "", connection);
    const auto committed = committed_counts(options_.project, key);
    const auto fits = [&](long count) { return as_committed(count, tally.messages, connection); };
    if (committed.empty()) {
      if (missing_.insert(key).second) fmt::print(stderr, "no committed number: {} {}\n", key, tally.messages);
    } else if (std::none_of(committed.begin(), committed.end(), fits) && different_.insert(key).second) {
      ++failures_;
      fmt::print("K is {} but {} has {} for {}\n", tally.messages, kCounts, fmt::join(committed, " or "), key);
    }
  }

  /// Where a transaction takes long, the lock's connection also looks who blocks the worker.
  static bool as_committed(long committed, long messages, std::string_view connection) {
    constexpr long kLook = 7;
    return messages == committed ||
           (connection == "lock" && messages > committed && (messages - committed) % kLook == 0);
  }

  void tell(const Tally& tally) {
    print_row(tally, options_.pooled ? ", pooled" : "");
    failures_ += tally.failures.size();
    for (const auto& trial : tally.failures) {
      fmt::print("{}  repeat: faults{} --scenario {} {}\n", trial.story, options_.pooled ? " --pooled" : "",
                 tally.scenario, trial.repeat);
    }
    std::fflush(stdout);
  }

  Options options_;
  std::string major_;
  std::size_t failures_ = 0;
  std::set<std::string> missing_;
  std::set<std::string> different_;
};

void list_all(const Options& options) {
  fmt::print("scenarios:\n");
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("dbmigrate-faults-list-{}", getpid());
  for (const auto& scenario : scenarios_in(folder, options.project))
    fmt::print("  {:17} {}\n", scenario.name, scenario.about);
  std::filesystem::remove_all(folder);
  fmt::print("faults:\n");
  for (const auto& kind : fault_kinds()) fmt::print("  {:17} {}\n", kind.name, kind.about);
}

int main_with(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Strikes dbmigrate at each message of a run, runs it again and compares with a run that went well.\n"
      "Starts a PostgreSQL of its own. Exit status 0: everything converged.");
  app.add_option("--program", options.program, "The dbmigrate to test");
  app.add_option("--project", options.project, "The folder with migrations/ and tests/faults/")->capture_default_str();
  app.add_option("--scenario", options.scenarios, "Only these; default: all");
  app.add_option("--fault", options.faults, "Only these; default: all");
  app.add_option("--at", options.at, "Only at this message");
  app.add_option("--first", options.range.first, "The first message to strike at")->capture_default_str();
  app.add_option("--stride", options.range.stride, "Every so many messages")->capture_default_str();
  app.add_option("--last", options.range.last, "The last message to strike at; 0 = until a run is not hit");
  app.add_option("--pairs", options.pairs,
                 "So many pairs of random cuts instead, one in the run and one in the re-run");
  app.add_option("--pair", options.pair, "K1,K2: this pair of cuts instead");
  app.add_option("--seed", options.seed, "Of the random pairs")->capture_default_str();
  app.add_option("--races", options.races, "So many rounds of many runs at once instead");
  app.add_option("--runners", options.runners, "How many run at once in a race")->capture_default_str();
  app.add_option("--start", options.start, "Of races; default: both")->check(CLI::IsMember({"empty", "half-way"}));
  app.add_flag("--commits", options.commits, "Only at each COMMIT and the messages that answer it");
  app.add_flag("--pooled", options.pooled, "Through PgBouncer, transaction pooling");
  app.add_flag("--list", options.list, "List scenarios and faults");
  CLI11_PARSE(app, argc, argv);
  if (options.list) {
    list_all(options);
    return 0;
  }
  if (options.program.empty()) throw std::runtime_error("--program is missing");
  if (options.at > 0) options.range.first = options.range.last = options.at;
  if (options.commits) options.range.of = Range::Of::commits;
  options.program = std::filesystem::absolute(options.program).string();
  options.project = std::filesystem::absolute(options.project).string();
  return Program(options).run();
}

}  // namespace
}  // namespace dbmigrate::faults

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return dbmigrate::faults::main_with(argc, argv);
  } catch (const dbmigrate::Error& error) {
    fmt::print(stderr, "faults: {} {}\n", error.info().message, error.info().detail);
  } catch (const std::exception& error) {
    fmt::print(stderr, "faults: {}\n", error.what());
  }
  return 2;
}
