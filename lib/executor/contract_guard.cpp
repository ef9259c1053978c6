// One question a transaction, where there is something to ask.
// SPDX-License-Identifier: Apache-2.0
#include "executor/contract_guard.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "contract/contract_error.hpp"

namespace dbmigrate {
namespace {

Relations read_outside(Session& session, const RelationNames& names) {
  if (names.empty()) return {};
  session.run("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
  auto relations = read_relations(session, names);
  session.run("ROLLBACK");
  return relations;
}

const ContractHistory* history_of(const Contracts& contracts, const Contract& contract) {
  const auto& all = contracts.histories();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ContractHistory& one) {
    return one.branch == contract.branch && one.name == contract.name;
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

ContractGuard::ContractGuard(const Contracts& contracts, Session& session, const LedgerState& state)
    : contracts_(&contracts), state_(ContractState(contracts)) {
  RelationNames beginning;
  for (const auto& history : contracts.histories()) {
    if (history.begins_by_itself()) beginning.insert(history.versions.front().relation);
  }
  const auto relations = read_outside(session, beginning);
  for (const auto& row : state.rows) {
    if (row.settled()) state_->enter(row.id, relations);
  }
  after_ = state_;
}

RelationNames ContractGuard::to_look_at(const ContractState& state) const {
  RelationNames names;
  for (const auto* contract : state.in_force()) names.insert(contract->relation);
  for (const auto& history : contracts_->histories()) {
    if (history.begins_by_itself()) names.insert(history.versions.front().relation);
  }
  return names;
}

void ContractGuard::require_kept(Session& session, const PreparedRevision& revision, Moment moment) {
  if (!state_) return;
  const bool up = revision.direction == Direction::upgrade;
  const auto step = [&](ContractState& state, const Relations& relations) {
    up ? state.enter(revision.id, relations) : state.leave(revision.id, relations);
  };
  auto probe = *state_;
  step(probe, {});
  const auto names = to_look_at(probe);
  const auto relations = names.empty() ? Relations{} : read_relations(session, names);
  after_ = state_;
  step(*after_, relations);
  RevisionBreach broken{.id = revision.id,
                        .direction = revision.direction,
                        .file = revision.migration != nullptr ? revision.migration->file : "",
                        .breaches = {},
                        .moves = false};
  for (auto& breach : after_->breaches(relations)) {
    const auto* history = history_of(*contracts_, *breach.contract);
    const bool moves = history != nullptr && history->moved_by(revision.id) > 0;
    if (moves && moment == Moment::between) continue;
    if (broken.breaches.empty()) broken.moves = moves;
    broken.breaches.push_back(std::move(breach));
  }
  if (!broken.breaches.empty()) throw Error(contract_broken({broken}));
}

}  // namespace dbmigrate
