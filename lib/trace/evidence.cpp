// Files, counters and the server's own messages, read together.
// SPDX-License-Identifier: Apache-2.0
#include "trace/evidence.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace dbmigrate {
namespace {

/// The text between the quotes that follow `start` in `message`; empty where it does not begin so.
std::string quoted_after(std::string_view message, std::string_view start) {
  if (!message.starts_with(start)) return "";
  message.remove_prefix(start.size());
  const auto end = message.find('"');
  return std::string(message.substr(0, end));
}

/// Names of tables without their schemas, as DEBUG1 messages have them. They are not translated: the throwaway server
/// speaks C.
struct Messages {
  std::set<std::string> rewriting;
  std::set<std::string> scanning;
  std::vector<std::string> avoided;
  std::vector<std::string> cascaded;
};

void take_cascade(const Notice& notice, Messages& messages) {
  constexpr std::string_view kStart = "drop cascades to ";
  const std::string_view message = notice.message;
  if (!message.starts_with(kStart)) return;
  if (notice.detail.empty()) {
    messages.cascaded.emplace_back(message.substr(kStart.size()));
    return;
  }
  std::string_view rest = notice.detail;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with(kStart)) line.remove_prefix(kStart.size());
    messages.cascaded.emplace_back(line);
  }
}

Messages messages_of(const std::vector<Notice>& notices) {
  Messages messages;
  for (const auto& notice : notices) {
    if (notice.severity == "NOTICE") take_cascade(notice, messages);
    if (!notice.severity.starts_with("DEBUG")) continue;
    const std::string_view text = notice.message;
    if (auto table = quoted_after(text, "rewriting table \""); !table.empty()) messages.rewriting.insert(table);
    if (auto table = quoted_after(text, "verifying table \""); !table.empty()) messages.scanning.insert(table);
    const auto on_table = text.find("\" on table \"");
    if (text.starts_with("building index \"") && on_table != std::string_view::npos) {
      messages.scanning.insert(quoted_after(text.substr(on_table), "\" on table \""));
    }
    if (text.find("are sufficient to prove") != std::string_view::npos ||
        text.find("is implied by existing constraints") != std::string_view::npos) {
      messages.avoided.emplace_back(text);
    }
  }
  return messages;
}

using ByTableAndName = std::map<std::pair<Oid, std::string>, const ObservedRelation*>;

ByTableAndName indexes_of(const Observation& seen) {
  ByTableAndName indexes;
  for (const auto& [oid, relation] : seen.relations) {
    if (relation.is_index()) indexes[{relation.table, relation.bare}] = &relation;
  }
  return indexes;
}

std::set<Oid> index_files(const Observation& seen) {
  std::set<Oid> files;
  for (const auto& [oid, relation] : seen.relations) {
    if (relation.is_index() && relation.file != 0) files.insert(relation.file);
  }
  return files;
}

class Reader {
 public:
  Reader(const Evidence& evidence, StatementTrace& trace)
      : evidence_(evidence), trace_(trace), messages_(messages_of(evidence.notices)) {}

  void read() {
    trace_.locks = locks_on(evidence_.locks, evidence_.before, evidence_.old);
    trace_.scans_avoided = messages_.avoided;
    trace_.cascaded = messages_.cascaded;
    for (const auto& [oid, now] : evidence_.after.relations) read_relation(now);
    read_indexes();
    read_constraints();
    read_demands();
  }

 private:
  [[nodiscard]] bool is_old(Oid oid) const { return evidence_.old.contains(oid); }

  void read_relation(const ObservedRelation& now) {
    const auto* before = evidence_.before.find(now.oid);
    if (before == nullptr && !now.is_index()) trace_.created.push_back(now.name);
    if (!now.is_table() || before == nullptr || !is_old(now.oid)) return;
    const bool new_file = before->file != now.file;
    if (new_file) files_of(*before, now)->push_back(before->name);
    if (now.scans > before->scans || messages_.scanning.contains(before->bare) ||
        (new_file && messages_.rewriting.contains(before->bare))) {
      trace_.scanned.push_back(before->name);
    }
  }

  /// TRUNCATE gives a table a new file too, and so does SET TABLESPACE.
  std::vector<std::string>* files_of(const ObservedRelation& before, const ObservedRelation& now) {
    if (before.tablespace != now.tablespace) return &trace_.copied;
    if (trace_.command.starts_with("TRUNCATE")) return &trace_.truncated;
    const bool said = messages_.rewriting.contains(before.bare) || now.kind == 'm';
    const bool may_hide_truncate = trace_.command == "DO" || trace_.command == "CALL" || trace_.command == "SELECT";
    return !said && may_hide_truncate ? &trace_.truncated : &trace_.rewritten;
  }

  void read_indexes() {
    const auto before = indexes_of(evidence_.before);
    const auto after = indexes_of(evidence_.after);
    const auto files = index_files(evidence_.before);
    for (const auto& [key, now] : after) {
      const auto was = before.find(key);
      if (was != before.end()) {
        if (was->second->oid == now->oid) {
          if (was->second->file != now->file) note(*now, IndexChange::Kind::rebuilt);
          if (was->second->valid && !now->valid) note(*now, IndexChange::Kind::invalid);
        } else {
          note(*now, now->file == was->second->file ? IndexChange::Kind::kept : IndexChange::Kind::built);
        }
      } else if (evidence_.before.find(now->oid) == nullptr && !files.contains(now->file)) {
        if (now->kind == 'i' && now->valid) note(*now, IndexChange::Kind::built);
        if (!now->valid) note(*now, IndexChange::Kind::invalid);
      }
    }
    for (const auto& [key, was] : before) {
      if (!after.contains(key) && evidence_.after.find(was->oid) == nullptr) note(*was, IndexChange::Kind::gone);
    }
  }

  void note(const ObservedRelation& index, IndexChange::Kind kind) {
    const auto* table = evidence_.after.find(index.table);
    if (table == nullptr) table = evidence_.before.find(index.table);
    trace_.indexes.push_back({.index = index.name,
                              .table = table != nullptr ? table->name : "",
                              .kind = kind,
                              .on_new_table = !is_old(index.table)});
  }

  void read_constraints() {
    using Kind = ConstraintChange::Kind;
    const auto& before = evidence_.before.constraints;
    const auto& after = evidence_.after.constraints;
    const auto add = [&](const ObservedConstraint& one, Kind kind) {
      trace_.constraints.push_back(
          {.name = one.name, .table = one.owner, .type = one.type, .valid = one.valid, .kind = kind});
    };
    for (const auto& [key, now] : after) {
      const auto was = before.find(key);
      if (was == before.end()) {
        const bool renamed =
            std::any_of(before.begin(), before.end(), [&](const auto& entry) { return entry.second.oid == now.oid; });
        if (!renamed) add(now, Kind::added);
      } else if (was->second.oid != now.oid) {
        add(now, Kind::recreated);
      } else if (!was->second.valid && now.valid) {
        add(now, Kind::validated);
      }
    }
    for (const auto& [key, was] : before) {
      const bool stays = after.contains(key) || std::any_of(after.begin(), after.end(), [&](const auto& entry) {
                           return entry.second.oid == was.oid;
                         });
      if (!stays) add(was, Kind::gone);
    }
  }

  void read_demands() {
    for (const auto& [oid, now] : evidence_.after.relations) {
      if (now.unique && now.valid && is_old(now.table)) demand_unique(now);
    }
    for (const auto& [key, now] : evidence_.after.constraints) {
      if (now.valid && (now.type == 'c' || now.type == 'f') && is_old(key.first)) demand_constraint(key, now);
    }
    for (const auto& [key, now] : evidence_.after.not_null) {
      const auto [table, column] = key;
      const auto* before = evidence_.before.find(table);
      if (before == nullptr || !is_old(table) || evidence_.before.not_null.contains(key)) continue;
      const bool is_new = column > evidence_.before.columns.at(table);
      if (is_new && now.filled) continue;
      trace_.demands.push_back({.kind = is_new ? ValueDemand::Kind::no_rows : ValueDemand::Kind::not_null,
                                .table = before->name,
                                .columns = {now.column}});
    }
  }

  void demand_unique(const ObservedRelation& index) {
    const bool there =
        std::any_of(evidence_.before.relations.begin(), evidence_.before.relations.end(), [&](const auto& entry) {
          const auto& was = entry.second;
          return was.oid == index.oid || (was.table == index.table && was.unique && was.valid &&
                                          was.keys == index.keys && was.predicate == index.predicate);
        });
    const auto* table = evidence_.before.find(index.table);
    if (there || table == nullptr) return;
    trace_.demands.push_back({.kind = ValueDemand::Kind::unique,
                              .name = index.bare,
                              .table = table->name,
                              .columns = index.keys,
                              .expression = index.predicate,
                              .nulls_are_equal = index.nulls_are_equal});
  }

  void demand_constraint(const std::pair<Oid, std::string>& key, const ObservedConstraint& now) {
    const auto was = evidence_.before.constraints.find(key);
    const auto* table = evidence_.before.find(key.first);
    if (table == nullptr || (was != evidence_.before.constraints.end() && was->second.valid)) return;
    const bool renamed =
        std::any_of(evidence_.before.constraints.begin(), evidence_.before.constraints.end(),
                    [&](const auto& entry) { return entry.second.oid == now.oid && entry.second.valid; });
    if (renamed) return;
    trace_.demands.push_back({.kind = now.type == 'c' ? ValueDemand::Kind::check : ValueDemand::Kind::foreign_key,
                              .name = now.name,
                              .table = table->name,
                              .columns = now.columns,
                              .references = now.references,
                              .referenced_columns = now.referenced_columns,
                              .expression = now.expression});
  }

  const Evidence& evidence_;
  StatementTrace& trace_;
  Messages messages_;
};

}  // namespace

void read_evidence(const Evidence& evidence, StatementTrace& trace) { Reader(evidence, trace).read(); }

std::vector<RelationLock> locks_on(const std::vector<ObservedLock>& locks, const Observation& names,
                                   const std::set<Oid>& old) {
  std::map<Oid, TableLockMode> strongest;
  for (const auto& lock : locks) {
    if (!old.contains(lock.relation) || names.find(lock.relation) == nullptr) continue;
    auto& mode = strongest[lock.relation];
    mode = std::max(mode, lock.mode);
  }
  std::vector<RelationLock> result;
  for (const auto& [oid, mode] : strongest) {
    const auto& relation = *names.find(oid);
    const auto* table = relation.is_index() ? names.find(relation.table) : &relation;
    result.push_back({.relation = relation.name,
                      .kind = relation_kind(relation.kind),
                      .table = table != nullptr ? table->name : relation.name,
                      .mode = mode});
  }
  std::sort(result.begin(), result.end(), [](const RelationLock& left, const RelationLock& right) {
    const bool left_index = left.kind == RelationKind::index;
    const bool right_index = right.kind == RelationKind::index;
    if (left.mode != right.mode) return left.mode > right.mode;
    if (left_index != right_index) return right_index;
    return left.relation < right.relation;
  });
  return result;
}

std::vector<ObservedLock> locks_of_last_phases(const std::string& command, const Observation& before,
                                               const Observation& after) {
  std::vector<ObservedLock> locks;
  const auto exclusively = [&](Oid oid) { locks.push_back({oid, TableLockMode::access_exclusive, true}); };
  const bool reindex = command.starts_with("REINDEX");
  const bool concurrently = command.ends_with("CONCURRENTLY");
  const auto after_by_name = indexes_of(after);
  for (const auto& [oid, was] : before.relations) {
    const auto* now = after.find(oid);
    if (was.is_index()) {
      const bool dropped = now == nullptr && command.starts_with("DROP INDEX");
      const auto same_name = after_by_name.find({was.table, was.bare});
      const bool replaced = same_name != after_by_name.end() && same_name->second->file != was.file;
      if (dropped || replaced) exclusively(oid);
      if (replaced && reindex && !concurrently) locks.push_back({was.table, TableLockMode::share, true});
    } else if (now != nullptr && was.is_partition && !now->is_partition) {
      exclusively(oid);
    } else if (now != nullptr && was.is_table() && was.file != now->file) {
      exclusively(oid);
    }
  }
  return locks;
}

}  // namespace dbmigrate
