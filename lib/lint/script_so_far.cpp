// What each statement leaves for those after it.
// SPDX-License-Identifier: Apache-2.0
#include "lint/script_so_far.hpp"

#include <algorithm>
#include <variant>

namespace dbmigrate {
namespace {

/// What earlier statements of the transaction locked goes by the new name from here on.
void rename_in(std::vector<EarlierStatement>& transaction, const ObjectName& from, const ObjectName& to) {
  for (auto& earlier : transaction) {
    for (auto& lock : earlier.prediction.locks) {
      if (lock.relation == from) lock.relation = to;
    }
    std::replace(earlier.prediction.writes.begin(), earlier.prediction.writes.end(), from, to);
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
  transaction_.clear();
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
  if (!in_transaction()) transaction_.clear();
  if (in_transaction() && !statement.facts().transaction_control) {
    transaction_.push_back({statement.actions(), statement.prediction(), statement.facts().parsed});
  }
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
      transaction_.clear();
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
      savepoints_.insert_or_assign(action.savepoint, schema_);
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
  transaction_.clear();
  before_.reset();
  savepoints_.clear();
  session_.end(committed);
  schema_.set_search_path(session_.values("search_path"));
}

}  // namespace dbmigrate
