// INSERT, UPDATE, DELETE, MERGE, COPY and SELECT, wherever they stand in a statement.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "sql/action_tree.hpp"
#include "sql/expression_tree.hpp"

namespace dbmigrate::sql {
namespace {

using Kind = WriteRows::Kind;

struct Writer {
  std::string_view statement;
  Kind kind;
};

constexpr std::array kWriters{Writer{"InsertStmt", Kind::insert}, Writer{"UpdateStmt", Kind::update},
                              Writer{"DeleteStmt", Kind::delete_}, Writer{"MergeStmt", Kind::merge}};

const Writer* writer_of(std::string_view statement) {
  const auto* const found =
      std::find_if(kWriters.begin(), kWriters.end(), [&](const Writer& one) { return one.statement == statement; });
  return found == kWriters.end() ? nullptr : &*found;
}

WriteRows written(Kind kind, const Tree& node) {
  const auto& relation = child(node, "relation");
  WriteRows made;
  made.kind = kind;
  made.at = location_of(relation);
  made.table = relation_name(relation);
  if (node.contains("whereClause")) made.where = expression_in(child(node, "whereClause"));
  made.joins = node.contains("fromClause") || node.contains("usingClause");
  const auto& query = child(child(node, "selectStmt"), "SelectStmt");
  made.from_query = !query.empty() && !query.contains("valuesLists");
  made.limited = query.contains("limitCount");
  made.all = expression_in(node);
  return made;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// SELECT set_config('lock_timeout', '2s', true) is a SET LOCAL.
void settings_by_function(const Expression& expression, Actions& actions) {
  for (const auto& call : expression.calls) {
    if (call.name.name != "set_config" || call.constants.size() < 2) continue;
    SetVariable made;
    made.at = call.at;
    made.scope = call.constants.size() > 2 && call.constants[2] == "true" ? SetVariable::Scope::transaction
                                                                          : SetVariable::Scope::session;
    made.name = lower(call.constants[0]);
    if (!call.constants[1].empty()) made.values = {call.constants[1]};
    actions.emplace_back(std::move(made));
  }
}

/// Statements that change rows can stand in WITH, at any depth.
void add_writes(const Tree& root, Actions& actions) {
  each_node(root, [&](const std::string& key, const Tree& node) {
    if (const auto* writer = writer_of(key)) actions.emplace_back(written(writer->kind, node));
    return true;
  });
}

const Tree& leftmost(const Tree& select) {
  const Tree* leaf = &select;
  while (leaf->contains("larg")) leaf = &child(*leaf, "larg");
  return *leaf;
}

void select(const Tree& node, Actions& actions) {
  const auto& first = leftmost(node);
  Query query{0, expression_in(node), node.contains("whereClause") || node.contains("limitCount")};
  settings_by_function(query.all, actions);
  if (const auto& into = child(first, "intoClause"); !into.empty()) {
    const auto& relation = child(into, "rel");
    CreateTableAs made;
    made.at = location_of(relation);
    made.table = relation_name(relation);
    made.persistence = persistence_of(relation);
    made.query = std::move(query.all);
    actions.emplace_back(std::move(made));
  } else {
    actions.emplace_back(std::move(query));
  }
}

void copy(const Tree& node, Actions& actions) {
  const auto& relation = child(node, "relation");
  if (flag(node, "is_from")) {
    WriteRows made;
    made.kind = Kind::copy;
    made.at = location_of(relation);
    made.table = relation_name(relation);
    actions.emplace_back(std::move(made));
    return;
  }
  Query query{0, expression_in(child(node, "query")), false};
  if (!relation.empty()) query.all.reads.push_back(relation_name(relation));
  actions.emplace_back(std::move(query));
}

}  // namespace

void read_rows(const std::string& kind, const Tree& node, Actions& actions) {
  if (kind == "CopyStmt") {
    copy(node, actions);
    add_writes(node, actions);
  } else if (kind == "SelectStmt") {
    select(node, actions);
    add_writes(node, actions);
  } else if (const auto* writer = writer_of(kind)) {
    actions.emplace_back(written(writer->kind, node));
    each_node(node, [&](const std::string& key, const Tree& inner) {
      if (key == "CommonTableExpr") add_writes(child(inner, "ctequery"), actions);
      return key != "CommonTableExpr";
    });
  } else if (kind == "ExplainStmt" && option(list(node, "options"), "analyze").on_or(false)) {
    // It runs what it explains.
    for (const auto& [inner, statement] : child(node, "query").items()) read_rows(inner, statement, actions);
  }
}

}  // namespace dbmigrate::sql
