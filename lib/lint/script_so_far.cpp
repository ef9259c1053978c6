// What each statement leaves for those after it.
// SPDX-License-Identifier: Apache-2.0
#include "lint/script_so_far.hpp"

#include <algorithm>
#include <cstddef>
#include <variant>

namespace dbmigrate {
namespace {

constexpr std::size_t kMostSavepoints = 64;  // each keeps a schema; what more of them undo is taken to stay

/// What earlier statements of the transaction locked goes by the new name from here on.
void rename_in(std::vector<EarlierStatement>& transaction, const ObjectName& from, const ObjectName& to) {
  for (auto& earlier : transaction) {
    for (auto& lock : earlier.prediction.locks) {
      if (lock.relation == from) lock.relation = to;
    }
    std::replace(earlier.prediction.writes.begin(), earlier.prediction.writes.end(), from, to);
    std::replace(earlier.blocks.begin(), earlier.blocks.end(), from, to);
  }
}

}  // namespace

void ScriptSoFar::begin_text(bool wrapped, bool continues, std::size_t statements,
                             std::optional<Milliseconds> lock_timeout) {
  position_ = 0;
  statements_ = statements;
  runner_lock_timeout_ = lock_timeout;
  if (continues && wrapped == wrapped_) return;
  wrapped_ = wrapped;
  block_ = false;
  forget_transaction();
  before_.reset();
  savepoints_.clear();
  // The runner puts every setting back between texts.
  session_ = {};
  schema_.set_search_path({});
  session_.begin();
}

bool ScriptSoFar::has_lock_timeout(const Statement& statement) const {
  if (!session_.values("lock_timeout").empty()) return session_.timeout("lock_timeout").has_value();
  if (session_.was_reset("lock_timeout")) return false;
  // The runner never limits what cannot run in a transaction.
  return runner_lock_timeout_.has_value() && !statement.facts().forbids_transaction;
}

std::vector<ObjectName> ScriptSoFar::blocked_by(const Prediction& prediction) const {
  std::vector<ObjectName> tables;
  for (const auto& lock : prediction.locks) {
    const bool table = lock.what == ObjectClass::table || lock.what == ObjectClass::materialized_view;
    if (!table || !blocks_work(lock.mode) || lock.age != Age::old || created_table(lock.relation)) continue;
    const auto* const known = schema_.relation(lock.relation);
    const auto& name = known != nullptr && known->parent ? *known->parent : lock.relation;
    if (std::find(tables.begin(), tables.end(), name) == tables.end()) tables.push_back(name);
  }
  return tables;
}

void ScriptSoFar::forget_transaction() {
  transaction_.clear();
  row_locks_.clear();
}

void ScriptSoFar::remember(const Statement& statement) {
  const auto& actions = statement.actions();
  const bool rows_only = !actions.empty() && std::all_of(actions.begin(), actions.end(), [](const sql::Action& action) {
    return std::holds_alternative<sql::WriteRows>(action) || std::holds_alternative<sql::Query>(action);
  });
  // A file may insert a hundred thousand rows one by one.
  bool is_new = !rows_only;
  if (!rows_only) row_locks_.clear();
  for (const auto& lock : statement.prediction().locks) {
    if (rows_only) is_new |= row_locks_.insert({lock.relation, lock.mode}).second;
  }
  if (is_new) {
    transaction_.push_back(
        {actions, statement.prediction(), blocked_by(statement.prediction()), statement.facts().parsed});
  }
}

void ScriptSoFar::add(const Statement& statement) {
  const auto* const renamed = statement.as<sql::Rename>();
  const auto* const moved = statement.as<sql::MoveToSchema>();
  const auto from = schema_.resolved(renamed != nullptr ? renamed->object
                                     : moved != nullptr ? moved->object
                                                        : ObjectName{});
  for (const auto& action : statement.actions()) {
    if (const auto* one = std::get_if<sql::TransactionControl>(&action)) control(*one);
    if (const auto* one = std::get_if<sql::SetVariable>(&action)) set(*one);
    // The statements in a body have been added one by one.
    if (!std::holds_alternative<sql::DoBlock>(action)) schema_.apply(action);
  }
  if (!in_transaction()) forget_transaction();
  if (in_transaction() && !statement.facts().transaction_control) remember(statement);
  if (renamed != nullptr && renamed->what == ObjectClass::table)
    rename_in(transaction_, from, {from.schema, renamed->to});
  if (moved != nullptr && moved->what == ObjectClass::table) rename_in(transaction_, from, {moved->schema, from.name});
}

void ScriptSoFar::set(const sql::SetVariable& action) {
  session_.set(action, in_transaction());
  if (action.name == "search_path" || action.name.empty()) schema_.set_search_path(session_.values("search_path"));
  if (action.name == "timezone") {
    const auto zone = session_.values("timezone");
    settings_.time_zone_is_utc =
        zone.empty() || zone.front() == "UTC" || zone.front() == "utc" || zone.front() == "GMT";
  }
}

void ScriptSoFar::control(const sql::TransactionControl& action) {
  using What = sql::TransactionControl::Kind;
  switch (action.kind) {
    case What::begin:
      if (in_transaction()) return;
      block_ = true;
      forget_transaction();
      before_ = schema_;
      session_.begin();
      return;
    case What::commit:
    case What::prepare:
      return end_transaction(true);
    case What::rollback:
      if (before_) schema_ = *before_;
      return end_transaction(false);
    case What::savepoint:
      if (savepoints_.size() < kMostSavepoints) savepoints_.insert_or_assign(action.savepoint, schema_);
      return;
    case What::rollback_to:
      if (const auto found = savepoints_.find(action.savepoint); found != savepoints_.end()) schema_ = found->second;
      return;
    default:
      return;
  }
}

void ScriptSoFar::end_transaction(bool committed) {
  block_ = false;
  forget_transaction();
  before_.reset();
  savepoints_.clear();
  session_.end(committed);
  schema_.set_search_path(session_.values("search_path"));
}

}  // namespace dbmigrate
