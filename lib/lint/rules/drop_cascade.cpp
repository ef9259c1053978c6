// Something is dropped with CASCADE.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lint/rule.hpp"

namespace dbmigrate {
namespace {

bool is_all_new(const sql::Drop& drop, const ScriptSoFar& so_far) {
  const bool relations = drop.what == ObjectClass::table || drop.what == ObjectClass::view ||
                         drop.what == ObjectClass::materialized_view || drop.what == ObjectClass::sequence;
  return relations && std::all_of(drop.objects.begin(), drop.objects.end(),
                                  [&](const ObjectName& name) { return so_far.created_table(name); });
}

std::vector<Finding> check(const Statement& statement, const ScriptSoFar& so_far) {
  constexpr auto kWhat = "CASCADE drops what is not named here, whatever that is";
  std::vector<Finding> findings;
  const auto* const drop = statement.as<sql::Drop>();
  if (drop && drop->cascade && !is_all_new(*drop, so_far)) findings.push_back({drop->at, kWhat});
  for (const auto* const one : statement.all<sql::DropColumn>()) {
    if (!one->cascade || so_far.created_table(one->altered.relation)) continue;
    findings.push_back({one->altered.at, kWhat, one->altered.relation});
  }
  for (const auto* const one : statement.all<sql::DropConstraint>()) {
    if (!one->cascade || so_far.created_table(one->altered.relation)) continue;
    findings.push_back({one->altered.at, kWhat, one->altered.relation});
  }
  return findings;
}

}  // namespace

Rule drop_cascade() {
  return {
      .id = "drop-cascade",
      .severity = Severity::error,
      .trigger = "Something is dropped with CASCADE.",
      .effect =
          "Takes away objects that the statement does not name: views, foreign keys, columns of a "
          "dropped type, triggers of a dropped function, with ACCESS EXCLUSIVE on their tables.",
      .remedy = "Name what is to go. The dry run lists what depends on it.",
      .source = "https://www.postgresql.org/docs/current/ddl-depend.html",
      .given =
          "CREATE TABLE users (id int);\n"
          "CREATE VIEW user_ids AS SELECT id FROM users;",
      .bad = "DROP VIEW user_ids CASCADE;",
      .good = "DROP VIEW user_ids;",
      .check = check,
  };
}

}  // namespace dbmigrate
