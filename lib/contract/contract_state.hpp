// Which contracts are in force at a state of a database.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "contract/breach.hpp"
#include "contract/contracts.hpp"

namespace dbmigrate {

/// Follows a database from revision to revision. In force is the greatest version that a revision in effect names. A
/// contract whose beginning no revision names begins as soon as its relation is what version 1 says, and holds from
/// then on. A value: a copy tries a step out.
class ContractState {
 public:
  /// Nothing in effect. `contracts` outlives the state.
  explicit ContractState(const Contracts& contracts) : contracts_(&contracts) {}

  /// `id` is in effect now, and the relations are as in `after`.
  void enter(const RevisionId& id, const Relations& after);
  /// `id` was taken back. What began by itself goes on only where `after` still is what the contract says, or where
  /// `id` moved it: then version 1 has to be there again.
  void leave(const RevisionId& id, const Relations& after);

  /// By branch and name.
  [[nodiscard]] std::vector<const Contract*> in_force() const;
  /// Of the contracts in force, those that `relations` break.
  [[nodiscard]] std::vector<ContractBreach> breaches(const Relations& relations) const;
  /// Contracts that would begin by themselves and have not, with what keeps them from it.
  [[nodiscard]] std::vector<ContractBreach> not_begun(const Relations& relations) const;

 private:
  [[nodiscard]] const Contract* in_force(const ContractHistory& history) const;
  [[nodiscard]] int named(const ContractHistory& history) const;
  void look_for_beginnings(const Relations& relations);

  const Contracts* contracts_;
  std::set<RevisionId> in_effect_;              ///< of those that name a version
  std::set<const ContractHistory*> beginning_;  ///< those that began by themselves
};

}  // namespace dbmigrate
