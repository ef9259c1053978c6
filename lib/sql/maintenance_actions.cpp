// VACUUM, REINDEX, LOCK, SET, BEGIN and their like.
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "sql/action_tree.hpp"
#include "sql/expression_tree.hpp"

namespace dbmigrate::sql {
namespace {

TransactionControl::Kind control_kind(const std::string& kind) {
  using Kind = TransactionControl::Kind;
  if (kind == "TRANS_STMT_BEGIN" || kind == "TRANS_STMT_START") return Kind::begin;
  if (kind == "TRANS_STMT_COMMIT") return Kind::commit;
  if (kind == "TRANS_STMT_ROLLBACK") return Kind::rollback;
  if (kind == "TRANS_STMT_SAVEPOINT") return Kind::savepoint;
  if (kind == "TRANS_STMT_ROLLBACK_TO") return Kind::rollback_to;
  if (kind == "TRANS_STMT_RELEASE") return Kind::release;
  if (kind == "TRANS_STMT_PREPARE") return Kind::prepare;
  return Kind::other;
}

void set_variable(const Tree& node, Actions& actions) {
  const auto kind = text(node, "kind");
  // SET TRANSACTION and SET SESSION CHARACTERISTICS are no settings by name.
  if (kind == "VAR_SET_MULTI") return;
  SetVariable made;
  made.scope = flag(node, "is_local") ? SetVariable::Scope::transaction : SetVariable::Scope::session;
  made.name = text(node, "name");
  if (kind == "VAR_SET_VALUE") {
    for (const auto& argument : list(node, "args")) made.values.push_back(constant_in(argument));
  }
  actions.emplace_back(std::move(made));
}

Reindex::Kind reindex_kind(const std::string& kind) {
  if (kind == "REINDEX_OBJECT_TABLE") return Reindex::Kind::table;
  if (kind == "REINDEX_OBJECT_SCHEMA") return Reindex::Kind::schema;
  if (kind == "REINDEX_OBJECT_DATABASE") return Reindex::Kind::database;
  if (kind == "REINDEX_OBJECT_SYSTEM") return Reindex::Kind::system;
  return Reindex::Kind::index;
}

void reindex(const Tree& node, Actions& actions) {
  Reindex made;
  made.kind = reindex_kind(text(node, "kind"));
  const auto& relation = child(node, "relation");
  made.at = location_of(relation);
  made.object = relation.empty() ? ObjectName{"", text(node, "name")} : relation_name(relation);
  made.concurrently = option(list(node, "params"), "concurrently").on_or(false);
  actions.emplace_back(std::move(made));
}

void vacuum(const Tree& node, Actions& actions) {
  Vacuum made;
  for (const auto& relation : list(node, "rels")) {
    made.tables.push_back(relation_name(child(child(relation, "VacuumRelation"), "relation")));
  }
  made.full = option(list(node, "options"), "full").on_or(false);
  made.analyze_only = !flag(node, "is_vacuumcmd");
  actions.emplace_back(std::move(made));
}

std::vector<ObjectName> ranges_in(const Tree& node) {
  std::vector<ObjectName> tables;
  for (const auto& range : list(node, "relations")) tables.push_back(relation_name(child(range, "RangeVar")));
  return tables;
}

void cluster(const Tree& node, Actions& actions) {
  Cluster made;
  if (node.contains("relation")) made.table = relation_name(child(node, "relation"));
  made.at = location_of(child(node, "relation"));
  actions.emplace_back(std::move(made));
}

void refresh(const Tree& node, Actions& actions) {
  const auto& view = child(node, "relation");
  actions.emplace_back(
      Refresh{location_of(view), relation_name(view), flag(node, "concurrent"), !flag(node, "skipData")});
}

}  // namespace

void read_maintenance(const std::string& kind, const Tree& node, Actions& actions) {
  if (kind == "TransactionStmt") {
    actions.emplace_back(TransactionControl{control_kind(text(node, "kind")), 0, text(node, "savepoint_name")});
  } else if (kind == "VariableSetStmt") {
    set_variable(node, actions);
  } else if (kind == "DiscardStmt") {
    if (text(node, "target") == "DISCARD_ALL") actions.emplace_back(SetVariable{});
  } else if (kind == "ConstraintsSetStmt") {
    if (!flag(node, "deferred")) actions.emplace_back(SetConstraintsImmediate{});
  } else if (kind == "VacuumStmt") {
    vacuum(node, actions);
  } else if (kind == "ReindexStmt") {
    reindex(node, actions);
  } else if (kind == "ClusterStmt") {
    cluster(node, actions);
  } else if (kind == "RefreshMatViewStmt") {
    refresh(node, actions);
  } else if (kind == "LockStmt") {
    actions.emplace_back(LockTables{0, ranges_in(node), number(node, "mode")});
  } else if (kind == "TruncateStmt") {
    actions.emplace_back(Truncate{first_location_in(list(node, "relations")), ranges_in(node),
                                  text(node, "behavior") == "DROP_CASCADE"});
  }
}

}  // namespace dbmigrate::sql
