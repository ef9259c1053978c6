// The greatest version named, else what began by itself.
// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_state.hpp"

#include <algorithm>
#include <utility>

namespace dbmigrate {
namespace {

const Relation* find(const Relations& relations, const RelationName& name) {
  const auto found = relations.find(name);
  return found == relations.end() ? nullptr : &found->second;
}

/// A revision that runs with or before the one that put the version in force may have made the relation anew since,
/// which catalog files do not tell of the order; and of live columns it is always known.
ColumnOrdering ordering_of(const ContractHistory& history, const Contract& contract, const Relation* relation) {
  if (relation == nullptr || !relation->ordered) return ColumnOrdering::unknown;
  if (!relation->ordered_by) return ColumnOrdering::compared;
  const bool by_the_mover = std::any_of(history.moves.begin(), history.moves.end(), [&](const ContractMove& move) {
    return move.id == *relation->ordered_by && move.version == contract.version;
  });
  return by_the_mover ? ColumnOrdering::compared : ColumnOrdering::unknown;
}

std::vector<std::string> lines_of(const ContractHistory& history, const Contract& contract,
                                  const Relations& relations) {
  const auto* relation = find(relations, contract.relation);
  return breaches_of(contract, relation, ordering_of(history, contract, relation));
}

}  // namespace

int ContractState::named(const ContractHistory& history) const {
  int version = 0;
  for (const auto& move : history.moves) {
    if (in_effect_.contains(move.id)) version = std::max(version, move.version);
  }
  return version;
}

const Contract* ContractState::in_force(const ContractHistory& history) const {
  const int version = named(history);
  if (version > 0) return &history.versions.at(static_cast<std::size_t>(version) - 1);
  return beginning_.contains(&history) ? &history.versions.front() : nullptr;
}

void ContractState::look_for_beginnings(const Relations& relations) {
  for (const auto& history : contracts_->histories()) {
    if (!history.begins_by_itself() || beginning_.contains(&history)) continue;
    if (lines_of(history, history.versions.front(), relations).empty()) beginning_.insert(&history);
  }
}

void ContractState::enter(const RevisionId& id, const Relations& after) {
  for (const auto& history : contracts_->histories()) {
    if (history.moved_by(id) > 0) in_effect_.insert(id);
  }
  look_for_beginnings(after);
}

void ContractState::leave(const RevisionId& id, const Relations& after) {
  in_effect_.erase(id);
  for (const auto& history : contracts_->histories()) {
    if (!history.begins_by_itself()) continue;
    if (history.moved_by(id) > 0) {
      beginning_.insert(&history);
    } else if (!lines_of(history, history.versions.front(), after).empty()) {
      beginning_.erase(&history);
    }
  }
}

std::vector<const Contract*> ContractState::in_force() const {
  std::vector<const Contract*> contracts;
  for (const auto& history : contracts_->histories()) {
    if (const auto* contract = in_force(history)) contracts.push_back(contract);
  }
  return contracts;
}

std::vector<ContractBreach> ContractState::not_begun(const Relations& relations) const {
  std::vector<ContractBreach> found;
  for (const auto& history : contracts_->histories()) {
    if (!history.begins_by_itself() || in_force(history) != nullptr) continue;
    found.push_back({&history.versions.front(), lines_of(history, history.versions.front(), relations)});
  }
  return found;
}

std::vector<ContractBreach> ContractState::breaches(const Relations& relations) const {
  std::vector<ContractBreach> found;
  for (const auto& history : contracts_->histories()) {
    const auto* contract = in_force(history);
    if (contract == nullptr) continue;
    auto lines = lines_of(history, *contract, relations);
    if (!lines.empty()) found.push_back({contract, std::move(lines)});
  }
  return found;
}

}  // namespace dbmigrate
