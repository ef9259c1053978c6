// `dbmigrate wait`: returns once the database is where an application expects it.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "core/interrupt.hpp"
#include "core/json.hpp"
#include "core/words.hpp"
#include "executor/preflight.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string until = "head";
  Milliseconds timeout{60'000};
};

constexpr Milliseconds kPause{500};
/// The last look has this long beyond the end, so that it says what is missing, not that the time is over.
constexpr Milliseconds kLastAnswer{2'000};
constexpr std::size_t kNamed = 5;

/// What still stands against it; empty = it is reached.
struct Lack {
  std::string what;
  std::vector<std::string> revisions;
  bool no_connection = false;

  [[nodiscard]] bool none() const { return what.empty(); }
};

Lack lack_of(Context& context, const Options& options, const std::vector<AppliedRevision>& rows,
             const PlanScope& scope) {
  Lack lack;
  for (const auto& step : plan_upgrade(context.graph(), rows, options.until, scope).steps) {
    // What a precondition skips is not going to come.
    if (!step.row || step.row->state != RevisionState::skipped) lack.revisions.push_back(step.id.text());
  }
  const auto is_selected = [&](const AppliedRevision& row) {
    return std::find(scope.branches.begin(), scope.branches.end(), row.id.branch) != scope.branches.end();
  };
  for (const auto& row : rows) {
    const auto text = row.id.text();
    const bool there = std::find(lack.revisions.begin(), lack.revisions.end(), text) != lack.revisions.end();
    const bool down = row.state == RevisionState::in_progress && row.direction == Direction::downgrade;
    if (down && !there && is_selected(row)) lack.revisions.push_back(text);
  }
  if (lack.revisions.empty()) return lack;
  const std::vector<std::string> named(
      lack.revisions.begin(),
      lack.revisions.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, lack.revisions.size())));
  lack.what = fmt::format("not applied: {}", listed(named));
  if (named.size() < lack.revisions.size()) lack.what += fmt::format(" and {} more", lack.revisions.size() - kNamed);
  return lack;
}

std::string sentence(const std::string& text) { return text.ends_with('.') || text.ends_with('?') ? text : text + "."; }

class Waiting {
 public:
  Waiting(const Options& options, Context& context)
      : options_(options), context_(context), until_(context.clock().now() + options.timeout) {}

  ExitCode run() {
    const auto start = context_.clock().now();
    while (true) {
      lack_ = look();
      if (lack_.none()) break;
      tell();
      const auto left = std::chrono::duration_cast<Milliseconds>(until_ - context_.clock().now());
      if (left.count() <= 0) give_up();
      if (!context_.clock().sleep(std::min(kPause, left))) throw_if_interrupted();
    }
    const auto waited = std::chrono::duration_cast<Milliseconds>(context_.clock().now() - start);
    context_.report().line(fmt::format("reached {} after {}", options_.until, duration_for_people(waited)));
    fill(true);
    context_.report().result()["waited_ms"] = waited.count();
    return ExitCode::done;
  }

 private:
  Lack look() {
    try {
      if (!database_) database_.emplace(context_, "wait", until_ + kLastAnswer);
      auto& session = database_->session();
      const auto state = Ledger(session, *context_.settings().version_schema).read();
      const PlanScope scope{.branches = context_.branches(),
                            .through_holds = false,
                            .branches_with_rows = branches_with_rows(session, context_.graph(), context_.branches())};
      return lack_of(context_, options_, state.rows, scope);
    } catch (const ServerError& error) {
      // Half-made tables, a server that is going down: the next look may find better.
      database_.reset();
      return {.what = fmt::format("the server says: {}", error.info().message),
              .revisions = {},
              .no_connection = error.connection_lost()};
    } catch (const Error& error) {
      if (error.code() != ErrorCode::cannot_connect) throw;
      database_.reset();
      return {.what = fmt::format("{}: {}", error.info().message, error.info().detail),
              .revisions = {},
              .no_connection = true};
    }
  }

  /// Only what is new.
  void tell() {
    if (lack_.what == told_) return;
    told_ = lack_.what;
    context_.report().note("waiting: " + told_);
    context_.report().event("waiting", {{"lacks", told_}});
  }

  [[noreturn]] void give_up() {
    fill(false);
    throw Error(
        {.code = lack_.no_connection ? ErrorCode::cannot_connect : ErrorCode::not_reached,
         .message = fmt::format("{} was not reached within {}", options_.until, duration_for_people(options_.timeout)),
         .detail = sentence(lack_.what),
         .hint = lack_.no_connection ? "Look at the server, or give more time with --timeout."
                                     : "Look at the run that should apply it, `dbmigrate status` and "
                                       "`dbmigrate history --log`; or give more time with --timeout."});
  }

  void fill(bool reached) {
    context_.report().result()["until"] = options_.until;
    context_.report().result()["reached"] = reached;
    context_.report().result()["lacks"] = lack_.revisions;
  }

  const Options& options_;
  Context& context_;
  std::chrono::steady_clock::time_point until_;
  std::optional<Database> database_;
  Lack lack_;
  std::string told_;
};

ExitCode run(const Options& options, Context& context) {
  context.branches();  // wrong files are told before anything is connected to
  return Waiting(options, context).run();
}

}  // namespace

Command wait_command() {
  return {.name = "wait",
          .purpose = "Wait until the database has a revision, as init containers do",
          .section = Section::database,
          .reach = Reach::database,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_option("--until", options->until, "The revision to wait for, as `upgrade` takes it")
                .value("TARGET")
                .completes(Completes::revision);
            flags.add_option("--timeout", options->timeout, "How long to wait");
            return [options](Context& context) { return run(*options, context); };
          },
          .description =
              "Looks every half second, without a lock, until nothing is left that `upgrade TARGET` would run here; a "
              "server that is not up yet is waited for as well. Held revisions are not waited for, unless the target "
              "names one. What it waits for is told on stderr whenever that changes.\n\n"
              "When the time is over it fails with what is still missing: 4 where there was no connection, else 5. A "
              "target that the files do not have fails at once. SIGTERM ends it with 143.",
          .examples = {{"wait --until head --timeout 60s", "For an init container, or a job that follows the upgrade."},
                       {"wait --until persons@003 --timeout 5min", "Waits for one revision."}},
          .exits = {ExitCode::cannot_connect, ExitCode::busy, ExitCode::interrupted, ExitCode::terminated}};
}

}  // namespace dbmigrate
