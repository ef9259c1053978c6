// Flag file, throttle query, replication lag.
// SPDX-License-Identifier: Apache-2.0
#include "backfill/pause.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <system_error>

namespace dbmigrate {
namespace {

/// A replica's replay_lag is NULL when it has nothing left to replay, and also when nobody knows: the position tells.
/// Somebody without pg_read_all_stats sees neither.
constexpr std::string_view kLagSql =
    "SELECT count(*), coalesce(max(extract(epoch FROM replay_lag) * 1000), 0)::pg_catalog.int8,"
    " count(*) FILTER (WHERE state IS NULL OR replay_lsn IS NULL OR state <> 'streaming'"
    "   OR (replay_lag IS NULL AND pg_catalog.pg_current_wal_lsn() - replay_lsn > 16777216)),"
    " (SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical' AND NOT active"
    "   AND restart_lsn IS NOT NULL)"
    " FROM pg_catalog.pg_stat_replication WHERE state IS DISTINCT FROM 'backup'";

/// What the throttle query's one value means: false, 0 and nothing else let the backfill go on.
std::optional<std::string> verdict_of(const Value& value) {
  if (!value) return "the throttle query says NULL, which may be anything";
  if (*value == "f" || *value == "false") return std::nullopt;
  double number = 0;
  const auto* end = value->data() + value->size();
  const auto read = std::from_chars(value->data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end && number <= 0) return std::nullopt;
  return fmt::format("the throttle query says {}", *value == "t" ? "true" : *value);
}

}  // namespace

const char* const kLockWaitersSql =
    "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND pg_catalog.pg_backend_pid() = ANY (pg_catalog.pg_blocking_pids(pid));";

std::optional<std::string> PauseConditions::reason() {
  if (auto why = flag()) return why;
  if (auto why = query()) return why;
  return lag();
}

std::optional<std::string> PauseConditions::flag() const {
  if (backfill_->pause_flag_file.empty()) return std::nullopt;
  std::error_code error;
  const bool there = std::filesystem::exists(backfill_->pause_flag_file, error);
  if (error)
    return fmt::format("the flag file {} cannot be looked at: {}", backfill_->pause_flag_file, error.message());
  if (!there) return std::nullopt;
  return fmt::format("the flag file {} exists", backfill_->pause_flag_file);
}

std::optional<std::string> PauseConditions::query() const {
  if (backfill_->pause_query.empty()) return std::nullopt;
  try {
    const auto results = session_->run(
        fmt::format("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'; {}\n; ROLLBACK", backfill_->pause_query));
    const auto answer =
        std::find_if(results.begin(), results.end(), [](const auto& one) { return !one.columns.empty(); });
    if (answer == results.end() || answer->rows.empty()) return "the throttle query gives no row";
    return verdict_of(answer->rows.front().front());
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    session_->run("ROLLBACK");
    if (error.sqlstate() == "57014") return "the throttle query takes longer than 5 s";
    ErrorInfo info = error.info();
    info.code = ErrorCode::part_way;
    info.message = fmt::format("the throttle query of backfill {} fails: {}", backfill_->name, info.message);
    info.hint = "Mend pause_when.query, then run the same command again.";
    info.statement = backfill_->pause_query;
    throw Error(std::move(info));
  }
}

std::optional<std::string> PauseConditions::lag() {
  if (!backfill_->pause_replication_lag) return std::nullopt;
  const auto answer = session_->query(kLagSql);
  const int replicas = static_cast<int>(answer.number(0, 0));
  const Milliseconds lag{answer.number(0, 1)};
  const int missing = std::max(most_replicas_ - replicas, 0);
  most_replicas_ = std::max(most_replicas_, replicas);
  if (missing > 0) return fmt::format("{} of {} replicas have gone: their lag is unknown", missing, most_replicas_);
  if (answer.text(0, 2) != "0") return fmt::format("the lag of {} replicas is unknown", answer.text(0, 2));
  if (answer.text(0, 3) != "0") {
    return fmt::format("{} replication slots wait for their replica: its lag is unknown", answer.text(0, 3));
  }
  if (lag <= *backfill_->pause_replication_lag) return std::nullopt;
  return fmt::format("replication lag is {}, more than {}", duration_for_people(lag),
                     duration_text(*backfill_->pause_replication_lag));
}

}  // namespace dbmigrate
