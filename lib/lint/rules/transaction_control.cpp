// BEGIN, COMMIT or ROLLBACK in a migration that runs in a transaction; or a BEGIN without its COMMIT in one that d.
// SPDX-License-Identifier: Apache-2.0
#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  if (so_far.is_wrapped() && statement.facts().transaction_control) {
    return {{0, fmt::format("{} would end or change the transaction of the migration", statement.facts().command)}};
  }
  const auto* const block = statement.as<sql::DoBlock>();
  if (so_far.is_wrapped() && block && block->body && block->body->controls_transaction) {
    return {{0, "the DO block ends the transaction of the migration"}};
  }
  const auto* const control = statement.as<sql::TransactionControl>();
  using What = sql::TransactionControl::Kind;
  const bool ends = control && (control->kind == What::commit || control->kind == What::rollback);
  const bool open = so_far.in_own_block() || (control && control->kind == What::begin);
  if (statement.place() == Place::script && so_far.is_last() && !so_far.is_wrapped() && open && !ends) {
    return {{0, "BEGIN has no COMMIT"}};
  }
  return {};
}

}  // namespace

Rule transaction_control() {
  return {
      .id = "transaction-control",
      .severity = Severity::error,
      .trigger =
          "BEGIN, COMMIT or ROLLBACK in a migration that runs in a transaction; or a BEGIN without "
          "its COMMIT in one that does not.",
      .effect =
          "Ends the transaction in which dbmigrate records what it does: the version table would "
          "lie. dbmigrate refuses such a file.",
      .remedy =
          "Leave it out: the migration is one transaction already. For several, write transaction: "
          "none or several steps.",
      .source = "https://www.postgresql.org/docs/current/sql-begin.html",
      .given = "CREATE TABLE users (id int);",
      .bad =
          "-- dbmigrate: transaction=revision\n"
          "BEGIN;\n"
          "INSERT INTO users VALUES (1);\n"
          "COMMIT;",
      .good = "INSERT INTO users VALUES (1);",
      .check = check,
  };
}

}  // namespace dbmigrate
