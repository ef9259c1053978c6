// Reset, strike, run again, look.
// SPDX-License-Identifier: Apache-2.0
#include "faults/sweep.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "faults/child.hpp"

namespace dbmigrate::faults {
namespace {

using std::chrono::milliseconds;

constexpr const char* kDatabase = "faults";
constexpr milliseconds kStep{100};

/// The worker is `dbmigrate XXXXXXXX`; the lock's connection has ` lock` behind that.
bool is_lock(const std::string& application) { return application.ends_with(" lock"); }
bool is_worker(const std::string& application) {
  return application.starts_with("dbmigrate ") && !is_lock(application);
}

std::string indented(const std::string& text) {
  std::string result = "    ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "    ";
  }
  return result;
}

/// Lines that tell of a finished revision.
long revisions_told(const std::string& output) {
  long told = 0;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("applied ") || line.starts_with("reverted ")) ++told;
  }
  return told;
}

/// What is wrong with the words of a run that healed itself: it has to tell of every revision, and of a COMMIT whose
/// answer it lost what became of it.
std::string missing_words(const std::string& what, bool in_last_commit, const std::string& output, long revisions) {
  std::string missing;
  const auto told = revisions_told(output);
  if (told != revisions) missing = fmt::format("  told of {} revisions instead of {}\n", told, revisions);
  const bool lost_commit = what.ends_with("F Query COMMIT") || what.ends_with("B CommandComplete COMMIT");
  if (lost_commit && in_last_commit && output.find("committed") == std::string::npos) {
    missing += "  does not say what became of the COMMIT\n";
  }
  return missing;
}

/// A line of `effects` or of the history that counts more than one.
bool something_twice(const Picture& found) {
  const auto counted_twice = [](const std::string& text) {
    for (std::size_t at = text.find(" x "); at != std::string::npos; at = text.find(" x ", at + 1)) {
      if (std::stoi(text.substr(at + 3)) > 1) return true;
    }
    return false;
  };
  return counted_twice(found.effects) || counted_twice(found.history);
}

}  // namespace

const std::vector<FaultKind>& fault_kinds() {
  using Kind = Fault::Kind;
  using Scope = Fault::Scope;
  using Later = Fault::Later;
  static const std::vector<std::string> give_up{"--reconnect-for", "0"};
  static const std::vector<FaultKind> kinds{
      {.name = "cut", .about = "both connections cut, the message lost", .exits = {0, 4, 5}, .flags = give_up},
      {.name = "cut-after",
       .about = "both connections cut behind the message",
       .kind = Kind::deliver_then_cut,
       .exits = {0, 4, 5},
       .flags = give_up},
      {.name = "cut-lock",
       .about = "both cut at the lock connection's messages",
       .lock_connection = true,
       .exits = {0, 4, 5},
       .flags = give_up},
      {.name = "reconnect",
       .about = "the worker's connection cut; the run has to heal itself",
       .scope = Scope::one,
       .later = Later::accept,
       .exits = {0}},
      {.name = "reconnect-after",
       .about = "the same behind the message",
       .kind = Kind::deliver_then_cut,
       .scope = Scope::one,
       .later = Later::accept,
       .exits = {0}},
      {.name = "kill", .about = "kill -9 of the program", .kind = Kind::hook, .signal = SIGKILL, .exits = {0, 137}},
      {.name = "term", .about = "SIGTERM to the program", .kind = Kind::hook, .signal = SIGTERM, .exits = {0, 143}},
      {.name = "int", .about = "SIGINT to the program", .kind = Kind::hook, .signal = SIGINT, .exits = {0, 130}},
      {.name = "half-open",
       .about = "the program cut off, the server told nothing",
       .kind = Kind::half_open,
       .exits = {0, 4, 5},
       .flags = {"--reconnect-for", "0", "--idle-timeout", "1s"}},
      {.name = "server-stop",
       .about = "the server stopped at once, started again",
       .kind = Kind::hook,
       .server_stops = true,
       .exits = {0, 4, 5},
       .flags = give_up},
      {.name = "delay", .about = "the message 30 ms late", .kind = Kind::delay, .exits = {0}},
  };
  return kinds;
}

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
      return "wrong exit status";
    case Verdict::left_over:
      return "left over on the server";
  }
  return "";
}

Sweep::Sweep(Server& server, const SweepOptions& options, std::string pooler)
    : server_(server),
      options_(options),
      target_host_(pooler.empty() ? server.folder().string() : std::move(pooler)),
      proxy_folder_(server.folder() / "proxy") {
  std::filesystem::create_directory(proxy_folder_);
  proxy_ = std::make_unique<Proxy>(Endpoint{.host = proxy_folder_.string()}, Endpoint{.host = target_host_});
  auto admin = dbmigrate::connect({.conninfo = server_.url("postgres"), .application_name = "faults"});
  admin->run("DROP DATABASE IF EXISTS faults WITH (FORCE)");
  admin->run("CREATE DATABASE faults TEMPLATE template0");
  connect();
}

Sweep::~Sweep() = default;

void Sweep::connect() {
  session_ = dbmigrate::connect({.conninfo = server_.url(kDatabase), .application_name = "faults checker"});
}

std::vector<std::string> Sweep::words(const std::vector<std::string>& command, const std::vector<std::string>& flags,
                                      const std::string& url) const {
  std::vector<std::string> all{options_.program};
  all.insert(all.end(), command.begin(), command.end());
  all.insert(all.end(), {"--dir", directory_.string(), "--url", url, "--color", "never"});
  all.insert(all.end(), flags.begin(), flags.end());
  return all;
}

Sweep::Run Sweep::run_directly(const std::vector<std::string>& command, const std::vector<std::string>& flags) {
  Child child(words(command, flags, url_at(target_host_, "5432", kDatabase, "postgres")));
  const int exit = child.wait();
  return {.exit = exit, .output = child.output(), .hit = false, .what = {}};
}

Sweep::Run Sweep::run_struck(const Scenario& scenario, const FaultKind& kind, long at) {
  Child* victim = nullptr;
  Fault fault{
      .kind = kind.kind, .at = at, .scope = kind.scope, .later = kind.later, .delay = milliseconds{30}, .hook = {}};
  if (kind.signal != 0) fault.hook = [&] { victim->signal(kind.signal); };
  if (kind.server_stops) fault.hook = [&] { server_.kill_at_once(); };
  bool in_last_commit = false;
  proxy_->on_message([&](long, const Message& message) {
    if (message.type != 'Q' || message.text() == "F Query COMMIT" || proxy_->hit()) return;
    in_last_commit = message.bytes.find("UPDATE \"dbmigrate\".version SET state = 'applied'") != std::string::npos ||
                     message.bytes.find("DELETE FROM \"dbmigrate\".version") != std::string::npos;
  });
  proxy_->arm(std::move(fault), kind.lock_connection ? is_lock : is_worker);
  Child child(words(scenario.command, kind.flags, url_at(proxy_folder_.string(), "5432", kDatabase, "postgres")));
  victim = &child;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (!child.over()) {
    proxy_->step(kStep, child.end_descriptor());
    if (std::chrono::steady_clock::now() > deadline) {
      child.signal(SIGKILL);
      return {.exit = -1,
              .output = "did not end within 2 min\n" + child.output(),
              .hit = proxy_->hit(),
              .what = proxy_->what_was_hit()};
    }
  }
  proxy_->on_message({});
  const bool hit = proxy_->hit();
  const auto what = proxy_->what_was_hit();
  // The ends of what the program left are passed on; a connection that is half open stays so.
  if (kind.kind != Fault::Kind::half_open) proxy_->step(milliseconds{0});
  return {.exit = child.wait(),
          .output = child.output(),
          .hit = hit,
          .what = what,
          .begun = proxy_->others_before_hit() > 0,
          .in_last_commit = in_last_commit};
}

void Sweep::start_of(const Scenario& scenario) {
  directory_ = scenario.directory;
  if (const auto left = left_behind(*session_, route(), milliseconds{20'000}); !left.empty()) {
    throw std::runtime_error("the last run still has on the server: " + left);
  }
  reset(*session_);
  if (scenario.prepare.empty()) return;
  const auto run = run_directly(scenario.prepare, {});
  if (run.exit != 0) throw std::runtime_error(fmt::format("{} does not begin:\n{}", scenario.name, run.output));
  session_->run("TRUNCATE effects.effects; TRUNCATE dbmigrate.history");
}

Picture Sweep::clean_picture(const Scenario& scenario) {
  start_of(scenario);
  const auto run = run_directly(scenario.command, {});
  if (run.exit != 0) throw std::runtime_error(fmt::format("{} fails by itself:\n{}", scenario.name, run.output));
  revisions_ = revisions_told(run.output);
  return picture_of(*session_);
}

Trial Sweep::judge(const Scenario& scenario, const FaultKind& kind, const Run& struck, const Picture& expected,
                   long at) {
  Trial trial{.at = at, .hit = struck.hit, .story = {}};
  // What the fault leaves on the server is not waited for: the next run has to live with it.
  if (kind.server_stops && struck.hit) {
    server_.start();
    connect();
  }
  const auto start = std::chrono::steady_clock::now();
  const auto again = run_directly(scenario.command, {"--wait", "60s", "--idle-timeout", "1s"});
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  proxy_->arm({});  // lets go of what was half open
  const auto left = left_behind(*session_, route(), kind.patience);
  const auto found = picture_of(*session_);
  const auto differs = difference(expected, found);

  const bool heals = kind.later == Fault::Later::accept && struck.begun;
  const auto words = heals ? missing_words(struck.what, struck.in_last_commit, struck.output, revisions_) : "";
  const bool exit_fits = std::find(kind.exits.begin(), kind.exits.end(), struck.exit) != kind.exits.end() ||
                         (struck.hit && !struck.begun && struck.exit == 4);
  if (again.exit != 0) {
    trial.verdict = Verdict::stuck;
  } else if (something_twice(found)) {
    trial.verdict = Verdict::twice;
  } else if (!differs.empty()) {
    trial.verdict = found.effects.size() < expected.effects.size() ? Verdict::lost : Verdict::wrong;
  } else if (!exit_fits || !words.empty() || (!struck.hit && struck.exit != 0)) {
    trial.verdict = Verdict::bad_exit;
  } else if (!left.empty()) {
    trial.verdict = Verdict::left_over;
  }
  trial.story = fmt::format("{} {}: {}\n  {}\n  first run: exit {}\n{}\n  run again: exit {} after {} ms\n{}\n{}{}",
                            scenario.name, kind.name, words_of(trial.verdict), struck.what, struck.exit,
                            indented(struck.output), again.exit, took.count(), indented(again.output), differs + words,
                            left.empty() ? "" : "  left: " + left + "\n");
  return trial;
}

Tally Sweep::strike_everywhere(const Scenario& scenario, const FaultKind& kind) {
  Tally tally{.scenario = scenario.name, .fault = kind.name, .failures = {}};
  const auto expected = clean_picture(scenario);
  start_of(scenario);
  FaultKind nothing{.name = "none",
                    .about = {},
                    .kind = Fault::Kind::none,
                    .lock_connection = kind.lock_connection,
                    .exits = {0},
                    .flags = {}};
  run_struck(scenario, nothing, 0);
  tally.messages = proxy_->count();
  for (long at = options_.first; options_.last == 0 || at <= options_.last; at += options_.stride) {
    start_of(scenario);
    const auto struck = run_struck(scenario, kind, at);
    auto trial = judge(scenario, kind, struck, expected, at);
    if (trial.verdict != Verdict::converged) tally.failures.push_back(trial);
    if (!trial.hit) break;
    ++tally.trials;
  }
  return tally;
}

Tally Sweep::cut_twice(const Scenario& scenario, int pairs, std::uint32_t seed) {
  Tally tally{.scenario = scenario.name, .fault = "pairs", .failures = {}};
  const auto expected = clean_picture(scenario);
  const auto& kind = fault_kinds().front();
  start_of(scenario);
  run_struck(scenario, kind, 0);
  tally.messages = proxy_->count();
  std::mt19937 random(seed);
  const auto any = [&] { return 1 + static_cast<long>(random() % static_cast<unsigned long>(tally.messages)); };
  for (int pair = 0; pair < pairs; ++pair) {
    const long first = any();
    const long second = any();
    start_of(scenario);
    const auto one = run_struck(scenario, kind, first);
    auto two = run_struck(scenario, kind, second);
    // The second run has less to do and may end before its message.
    auto trial = judge(scenario, kind, two, expected, first);
    trial.story = fmt::format("seed {} pair {} ({}, {})\n  {}\n{}\n{}", seed, pair, first, second, one.what,
                              indented(one.output), trial.story);
    if (trial.verdict != Verdict::converged) tally.failures.push_back(trial);
    ++tally.trials;
  }
  return tally;
}

Trial Sweep::race_once(const Scenario& scenario, const Picture& expected, int runners, bool half_way, int round) {
  start_of(scenario);
  if (half_way) {
    auto part = scenario.command;
    part.at(1) = scenario.half_way;
    if (const auto run = run_directly(part, {}); run.exit != 0) {
      throw std::runtime_error("cannot go half-way:\n" + run.output);
    }
  }
  const auto log = server_.log_size();
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < runners; ++i) {
    children.push_back(std::make_unique<Child>(
        words(scenario.command, {"--wait", "5min"}, url_at(target_host_, "5432", kDatabase, "postgres"))));
  }
  Trial trial{
      .at = round, .hit = true, .story = fmt::format("{} round {} with {} runners\n", scenario.name, round, runners)};
  for (const auto& child : children) {
    const int exit = child->wait();
    if (exit == 0) continue;
    trial.verdict = Verdict::stuck;
    trial.story += fmt::format("  exit {}\n{}\n", exit, indented(child->output()));
  }
  const auto left = left_behind(*session_, route(), milliseconds{5'000});
  const auto found = picture_of(*session_);
  const auto differs = difference(expected, found);
  const auto errors = server_.errors_since(log);
  if (something_twice(found)) trial.verdict = Verdict::twice;
  if (trial.verdict == Verdict::converged && !differs.empty()) trial.verdict = Verdict::wrong;
  if (trial.verdict == Verdict::converged && !errors.empty()) trial.verdict = Verdict::bad_exit;
  if (trial.verdict == Verdict::converged && !left.empty()) trial.verdict = Verdict::left_over;
  trial.story += differs + left;
  for (const auto& error : errors) trial.story += "  server log: " + error + "\n";
  return trial;
}

Tally Sweep::race(const Scenario& scenario, int runners, int rounds, bool half_way) {
  Tally tally{.scenario = scenario.name,
              .fault = fmt::format("race of {}{}", runners, half_way ? ", half-way" : ""),
              .failures = {}};
  const auto expected = clean_picture(scenario);
  for (int round = 1; round <= rounds; ++round) {
    auto trial = race_once(scenario, expected, runners, half_way, round);
    if (trial.verdict != Verdict::converged) tally.failures.push_back(trial);
    ++tally.trials;
  }
  return tally;
}

}  // namespace dbmigrate::faults
