// Servers that are not to be had at first, and runs whose server is another one after a lost connection.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/words.hpp"
#include "executor/executor.hpp"
#include "postgres/refusal.hpp"

namespace dbmigrate {
namespace {

bool known(const ServerFacts& server) { return !server.system_identifier.empty(); }

std::string words_of(const ServerFacts& server) {
  return fmt::format("{}:{} (system {}, timeline {})", server.host, server.port, server.system_identifier,
                     server.timeline == 0 ? "of a standby" : std::to_string(server.timeline));
}

/// A URL with several hosts may lead the second connection elsewhere, where the lock protects nothing.
void require_lock_on(const ServerFacts& server, const ServerFacts& lock) {
  if (!known(server) || !known(lock)) return;
  if (server.system_identifier == lock.system_identifier && server.timeline == lock.timeline) return;
  throw Error({.code = ErrorCode::cannot_connect,
               .message = "the two connections of the run reached different servers",
               .detail = fmt::format("One is to {}, the other to {}.", words_of(server), words_of(lock)),
               .hint = "Run the same command again once the failover is over; target_session_attrs=read-write in the "
                       "URL lets only the primary answer."});
}

void require_same_system(const ServerFacts& before, const ServerFacts& now) {
  if (!known(before) || !known(now) || before.system_identifier == now.system_identifier) return;
  throw Error({.code = ErrorCode::cannot_connect,
               .message = "another database system answers than the one that the run began with",
               .detail = fmt::format("It was {}, now it is {}.", words_of(before), words_of(now)),
               .hint = "Find out what the URL leads to; then run the same command again, which plans anew."});
}

bool stands(const RevisionOutcome& outcome, const LedgerState& state) {
  const auto row =
      std::find_if(state.rows.begin(), state.rows.end(), [&](const auto& one) { return one.id == outcome.id; });
  if (outcome.state == "reverted") return row == state.rows.end();
  return row != state.rows.end() && row->settled();
}

}  // namespace

void Executor::connect_at_first() {
  try {
    connect();
  } catch (const Error& error) {
    // The command had its connection; the lock's is the second that a run needs.
    if (!refusal_passes(error.info())) throw;
    connect_again(error);
  }
}

/// Called with both connections open.
void Executor::recognise_server() {
  const auto& now = worker_.session->server();
  require_lock_on(now, worker_.lock->server());
  if (server_) {
    require_same_system(*server_, now);
    if (server_->timeline != 0 && now.timeline != 0 && server_->timeline != now.timeline) {
      failed_over_ = true;
      worker_.observer.on(FailedOver{.server = now, .timeline_before = server_->timeline});
    }
  }
  server_ = now;
}

/// What the plan builds on has to be there as long as the run lasts: a new primary may lack what was committed last.
void Executor::require_earlier_rows(const Plan& whole, const LedgerState& state) {
  if (in_effect_.empty()) {
    for (const auto& row : state.rows) in_effect_.insert(row.id);
    for (const auto& step : whole.steps) in_effect_.erase(step.id);
  }
  std::vector<std::string> gone;
  for (const auto& id : in_effect_) {
    const bool there = std::any_of(state.rows.begin(), state.rows.end(), [&](const auto& row) { return row.id == id; });
    if (!there) gone.push_back(id.text());
  }
  if (gone.empty()) return;
  throw Error({.code = ErrorCode::state_conflict,
               .message = "revisions that the plan builds on are gone from the version table",
               .detail = fmt::format("{} {} there when the run began. A standby that had not received them may have "
                                     "taken over.",
                                     listed(gone), gone.size() == 1 ? "was" : "were"),
               .hint = "Run the same command again: it plans from what is there now."});
}

/// After a failover the run does again what it had done already, and tells of it once.
void Executor::forget_lost_revisions(const LedgerState& state) {
  if (!failed_over_) return;
  failed_over_ = false;
  auto& told = outcome_.revisions;
  for (auto i = told.size(); i-- > 0;) {
    const auto& id = told[i].id;
    const auto begin = told.begin() + static_cast<std::ptrdiff_t>(i);
    const bool last = std::none_of(begin + 1, told.end(), [&](const auto& later) { return later.id == id; });
    if (!last || stands(*begin, state)) continue;
    worker_.observer.on(RevisionLost{id});
    told.erase(begin);
  }
}

}  // namespace dbmigrate
