// Size decides how bad a rewrite is; a failure is always the worst.
// SPDX-License-Identifier: Apache-2.0
#include "preview/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/figures.hpp"
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

/// Known to have no row: nobody waits for work on it.
bool is_empty(const std::string& table, const std::map<std::string, TableSize>& sizes) {
  const auto found = sizes.find(table);
  return found != sizes.end() && found->second.rows_are_exact && found->second.rows == 0;
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

/// What is measured here, and the rules of lint that foretell it from the text.
struct Foretold {
  std::string_view measured;
  std::string_view rule;
};
constexpr std::array<Foretold, 19> kForetold{{
    {"rewrite-under-lock", "add-column-default-rewrite"},
    {"rewrite-under-lock", "add-column-serial-identity"},
    {"rewrite-under-lock", "add-column-stored-generated"},
    {"rewrite-under-lock", "add-column-constrained-domain"},
    {"rewrite-under-lock", "change-column-type"},
    {"rewrite-under-lock", "table-rewrite-command"},
    {"rewrite-under-lock", "refresh-not-concurrent"},
    {"scan-under-lock", "check-without-not-valid"},
    {"scan-under-lock", "set-not-null-scan"},
    {"scan-under-lock", "fk-without-not-valid"},
    {"scan-under-lock", "attach-partition-scan"},
    {"scan-under-lock", "domain-constraint-scan"},
    {"scan-under-lock", "validate-in-same-transaction"},
    {"index-build-under-lock", "index-not-concurrent"},
    {"index-build-under-lock", "unique-without-index"},
    {"index-build-under-lock", "primary-key-without-index"},
    {"index-build-under-lock", "exclusion-constraint"},
    {"index-build-under-lock", "reindex-not-concurrent"},
    {"lock-held-during-work", "work-after-exclusive-lock"},
}};

struct Work {
  std::string_view rule;
  std::string_view verb;
};
constexpr Work kRewrites{"rewrite-under-lock", "rewrites"};
constexpr Work kCopies{"rewrite-under-lock", "copies"};
constexpr Work kScans{"scan-under-lock", "reads all of"};
constexpr Work kBuilds{"index-build-under-lock", "builds an index over all of"};

bool is_data(const StatementTrace& statement) {
  constexpr std::array<std::string_view, 9> kData{"INSERT", "UPDATE", "DELETE", "MERGE", "SELECT",
                                                  "DO",     "CALL",   "COPY",   "WITH"};
  return std::any_of(kData.begin(), kData.end(),
                     [&](std::string_view word) { return statement.command.starts_with(word); });
}

/// What to write instead.
std::string_view hint_for(const Work& work, const StatementTrace& statement) {
  const bool not_null = std::any_of(statement.demands.begin(), statement.demands.end(), [](const ValueDemand& demand) {
    return demand.kind == ValueDemand::Kind::not_null;
  });
  if (is_data(statement)) return "Give it a transaction of its own, or move the rows in batches (a backfill step).";
  if (work.verb == kRewrites.verb) {
    return "Add a new column or table beside it and fill that in batches (a backfill step).";
  }
  if (work.verb == kCopies.verb) return "Choose a quiet hour, or move the rows to a new table in batches.";
  if (work.verb == kBuilds.verb) return "Build it CONCURRENTLY in a step of its own, outside a transaction.";
  return not_null ? "Add CHECK (... IS NOT NULL) NOT VALID, VALIDATE it in a later transaction, then SET NOT NULL."
                  : "Add the constraint NOT VALID now and VALIDATE it in a later transaction.";
}

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
  return fmt::format("{} ({}{}, {})", table, size.rows_are_exact ? "" : "about ", count_of(size.rows, "row"),
                     size_for_people(size.bytes + size.index_bytes));
}

std::vector<PreviewFinding> work_findings(const StatementTrace& statement,
                                          const std::map<std::string, TableSize>& sizes) {
  std::vector<PreviewFinding> findings;
  for (const auto& [table, work] : work_of(statement)) {
    const auto mode = lock_on(statement, table);
    if (!blocks_work(mode) || is_empty(table, sizes)) continue;
    findings.push_back({.rule = std::string(work.rule),
                        .severity = severity_of(bytes_of(table, sizes)),
                        .at = statement.at,
                        .message = fmt::format("{} {} under {}: {} wait", work.verb, size_text(table, sizes),
                                               name_of(mode), blocked_by(mode)),
                        .hint = std::string(hint_for(work, statement))});
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

bool is_about_work(std::string_view rule) {
  return std::any_of(kForetold.begin(), kForetold.end(), [&](const Foretold& one) { return one.rule == rule; });
}

Severity no_worse_than_size(const PreviewFinding& finding, const std::map<std::string, TableSize>& sizes) {
  if (!sizes.contains(finding.relation)) return finding.severity;
  const auto by_size =
      is_empty(finding.relation, sizes) ? Severity::info : severity_of(bytes_of(finding.relation, sizes));
  const bool size_is_milder = by_size == Severity::info || finding.severity == Severity::error;
  return size_is_milder ? by_size : finding.severity;
}

bool says_the_same(std::string_view measured, std::string_view text_rule) {
  return std::any_of(kForetold.begin(), kForetold.end(),
                     [&](const Foretold& one) { return one.measured == measured && one.rule == text_rule; });
}

PreviewFinding failure_finding(const StatementTrace& statement) {
  const auto& error = *statement.error;
  std::string hint = error.detail;
  if (!error.hint.empty()) hint += (hint.empty() ? "" : "\n") + error.hint;
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

bool may_want_rows(const StatementTrace& statement) {
  if (!statement.error || !(is_data(statement) || statement.command == "backfill")) return false;
  // Constraints, data, cardinality, and what PL/pgSQL raises.
  constexpr std::array<std::string_view, 4> kOfRows{"23", "22", "21", "P0"};
  const auto& sqlstate = statement.error->sqlstate;
  return std::any_of(kOfRows.begin(), kOfRows.end(), [&](std::string_view kind) { return sqlstate.starts_with(kind); });
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
