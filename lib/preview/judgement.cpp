// Size decides how bad a rewrite is; a failure is always the worst.
// SPDX-License-Identifier: Apache-2.0
#include "preview/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/words.hpp"

namespace dbmigrate {
namespace {

Severity severity_of(std::int64_t bytes) {
  if (bytes >= kLongBytes) return Severity::error;
  return bytes >= kNoticedBytes ? Severity::warning : Severity::info;
}

std::int64_t bytes_of(const std::string& table, const std::map<std::string, TableSize>& sizes) {
  const auto found = sizes.find(table);
  return found != sizes.end() ? found->second.bytes + found->second.index_bytes : 0;
}

/// The strongest lock on `table` while the statement runs, its own or one that is held.
TableLockMode lock_on(const StatementTrace& statement, const std::string& table) {
  auto mode = TableLockMode::none;
  for (const auto* locks : {&statement.locks, &statement.held}) {
    for (const auto& lock : *locks) {
      if (lock.relation == table) mode = std::max(mode, lock.mode);
    }
  }
  return mode;
}

struct Work {
  std::string_view rule;
  std::string_view verb;
  std::string_view hint;
};
constexpr Work kRewrites{"rewrite-under-lock", "rewrites",
                         "Add a new column or table beside it and fill that in batches (a backfill step)."};
constexpr Work kCopies{"rewrite-under-lock", "copies",
                       "Choose a quiet hour, or move the rows to a new table in batches."};
constexpr Work kScans{"scan-under-lock", "reads all of",
                      "Add the constraint NOT VALID now and VALIDATE it in a later transaction."};
constexpr Work kBuilds{"index-build-under-lock", "builds an index over all of",
                       "Build it CONCURRENTLY in a step of its own, outside a transaction."};

/// Each table once, with the heaviest work on it.
struct Worked {
  std::string table;
  Work work;
};
std::vector<Worked> work_of(const StatementTrace& statement) {
  std::vector<Worked> all;
  const auto add = [&](const std::string& table, const Work& work) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const Worked& one) { return one.table == table; });
    if (!known) all.push_back({table, work});
  };
  for (const auto& table : statement.rewritten) add(table, kRewrites);
  for (const auto& table : statement.copied) add(table, kCopies);
  for (const auto& index : statement.indexes) {
    const bool built = index.kind == IndexChange::Kind::built || index.kind == IndexChange::Kind::rebuilt;
    const bool emptied =
        std::find(statement.truncated.begin(), statement.truncated.end(), index.table) != statement.truncated.end();
    if (built && !index.on_new_table && !emptied) add(index.table, kBuilds);
  }
  for (const auto& table : statement.scanned) {
    const bool emptied =
        std::find(statement.truncated.begin(), statement.truncated.end(), table) != statement.truncated.end();
    if (!emptied) add(table, kScans);
  }
  return all;
}

}  // namespace

std::string size_text(const std::string& table, const std::map<std::string, TableSize>& sizes) {
  const auto found = sizes.find(table);
  if (found == sizes.end()) return table;
  const auto& size = found->second;
  return fmt::format("{} ({}{} row{}, {} kB)", table, size.rows_are_exact ? "" : "about ", size.rows,
                     size.rows == 1 ? "" : "s", (size.bytes + size.index_bytes) / 1024);
}

std::vector<PreviewFinding> work_findings(const StatementTrace& statement,
                                          const std::map<std::string, TableSize>& sizes) {
  std::vector<PreviewFinding> findings;
  for (const auto& [table, work] : work_of(statement)) {
    const auto mode = lock_on(statement, table);
    if (!blocks_work(mode)) continue;
    findings.push_back({.rule = std::string(work.rule),
                        .severity = severity_of(bytes_of(table, sizes)),
                        .at = statement.at,
                        .message = fmt::format("{} {} under {}: {} wait", work.verb, size_text(table, sizes),
                                               name_of(mode), blocked_by(mode)),
                        .hint = std::string(work.hint)});
  }
  for (const auto& lock : statement.held) {
    std::int64_t bytes = 0;
    for (const auto& [table, work] : work_of(statement)) {
      if (table != lock.relation) bytes += bytes_of(table, sizes);
    }
    if (bytes < kNoticedBytes) continue;
    findings.push_back(
        {.rule = "lock-held-during-work",
         .severity = severity_of(bytes),
         .at = statement.at,
         .message = fmt::format("works through other tables while {} is locked {} by an earlier statement",
                                lock.relation, name_of(lock.mode)),
         .hint = "Commit in between: `transaction: step` in the descriptor."});
  }
  if (!statement.cascaded.empty()) {
    findings.push_back({.rule = "cascade",
                        .severity = Severity::warning,
                        .at = statement.at,
                        .message = fmt::format("CASCADE drops {}", listed(statement.cascaded)),
                        .hint = "Drop by name what is meant to go."});
  }
  return findings;
}

PreviewFinding failure_finding(const StatementTrace& statement) {
  const auto& error = *statement.error;
  std::string hint = error.detail;
  if (!error.hint.empty()) hint += (hint.empty() ? "" : " ") + error.hint;
  return {.rule = "fails",
          .severity = Severity::error,
          .at = statement.at,
          .message = fmt::format("fails: {}{}", error.message,
                                 error.sqlstate.empty() ? "" : fmt::format(" (SQLSTATE {})", error.sqlstate)),
          .hint = std::move(hint)};
}

bool may_be_the_clone(const TracedError& error, CloneOrigin origin) {
  constexpr std::array<std::string_view, 6> kAbsent{"42P01", "42703", "42704", "42883", "3F000", "42P02"};
  if (error.message.find("extension \"") != std::string::npos && error.message.find("available") != std::string::npos) {
    return true;
  }
  if (error.sqlstate == "58P01") return true;
  return origin == CloneOrigin::replay &&
         std::find(kAbsent.begin(), kAbsent.end(), std::string_view(error.sqlstate)) != kAbsent.end();
}

std::int64_t disk_needed(const StatementTrace& statement, const std::map<std::string, TableSize>& sizes) {
  constexpr std::int64_t kIndexShare = 4;
  std::int64_t bytes = 0;
  std::vector<std::string> whole;
  for (const auto* tables : {&statement.rewritten, &statement.copied}) {
    for (const auto& table : *tables) {
      bytes += bytes_of(table, sizes);
      whole.push_back(table);
    }
  }
  for (const auto& index : statement.indexes) {
    const bool built = index.kind == IndexChange::Kind::built || index.kind == IndexChange::Kind::rebuilt;
    if (!built || std::find(whole.begin(), whole.end(), index.table) != whole.end()) continue;
    const auto found = sizes.find(index.table);
    if (found != sizes.end()) bytes += found->second.bytes / kIndexShare;
  }
  return bytes;
}

}  // namespace dbmigrate
