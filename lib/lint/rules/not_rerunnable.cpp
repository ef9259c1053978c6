// A file that runs outside a transaction has several statements, and one of them cannot be repeated.
// SPDX-License-Identifier: Apache-2.0
#include <variant>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

struct Repeatable {
  bool operator()(const sql::CreateTable& one) const { return one.if_not_exists; }
  bool operator()(const sql::CreateTableAs& one) const { return one.if_not_exists; }
  bool operator()(const sql::CreateView& one) const { return one.replace; }
  bool operator()(const sql::CreateIndex& one) const { return one.if_not_exists || one.concurrently; }
  bool operator()(const sql::AddColumn& one) const { return one.if_not_exists; }
  bool operator()(const sql::AddConstraint&) const { return false; }
  bool operator()(const sql::Drop& one) const { return one.if_exists || one.concurrently; }
  bool operator()(const sql::Rename&) const { return false; }
  bool operator()(const sql::MoveToSchema&) const { return false; }
  bool operator()(const sql::CreateTrigger&) const { return false; }
  bool operator()(const sql::CreateDomain&) const { return false; }
  bool operator()(const sql::CreateEnum&) const { return false; }
  bool operator()(const sql::WriteRows& one) const { return one.kind != sql::WriteRows::Kind::insert; }
  template <class Other>
  bool operator()(const Other&) const {
    return true;
  }
};

bool is_repeatable(const Statement& statement) {
  for (const auto& action : statement.actions()) {
    if (!std::visit(Repeatable{}, action)) return false;
  }
  return true;
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  if (so_far.is_wrapped() || so_far.in_own_block() || so_far.statements() < 2) return {};
  if (statement.place() != Place::script || is_repeatable(statement)) return {};
  return {{0, fmt::format("{} fails, or does it twice, when the file is run again from its beginning",
                          statement.facts().command)}};
}

}  // namespace

Rule not_rerunnable() {
  return {
      .id = "not-rerunnable",
      .severity = Severity::info,
      .trigger =
          "A file that runs outside a transaction has several statements, and one of them cannot "
          "be repeated.",
      .effect =
          "What stops half-way stays half applied. dbmigrate itself remembers each statement and "
          "goes on behind the last; other tools begin again.",
      .remedy =
          "One statement in such a file, or forms that can be repeated: IF NOT EXISTS, IF EXISTS, "
          "ON CONFLICT DO NOTHING.",
      .source = "https://www.postgresql.org/docs/current/sql-createtable.html",
      .given = "CREATE TABLE users (id int);",
      .bad =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE users ADD COLUMN a int;\n"
          "VACUUM users;",
      .good =
          "-- dbmigrate: transaction=none\n"
          "ALTER TABLE users ADD COLUMN IF NOT EXISTS a int;\n"
          "VACUUM users;",
      .check = check,
  };
}

}  // namespace dbmigrate
