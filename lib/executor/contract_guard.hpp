// Contracts held against the live columns, in the transaction of each revision.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "contract/contract_state.hpp"
#include "executor/prepared_revision.hpp"
#include "ledger/ledger.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// A value that goes along with a run: a transaction works on a copy, which counts once it is committed. Asks nothing
/// of the server where no contract is in force.
class ContractGuard {
 public:
  ContractGuard() = default;  ///< of a project without contracts

  /// From the version table as it was just read, outside a transaction. `contracts` outlives the guard.
  ContractGuard(const Contracts& contracts, Session& session, const LedgerState& state);

  enum class Moment {
    between,   ///< units of the revision are to come: a contract that it moves is not looked at
    finished,  ///< all of it is done
  };
  /// In the open transaction, which it leaves as it was. Throws Error{contract_broken}.
  void require_kept(Session& session, const PreparedRevision& revision, Moment moment);

  /// `revision` has been done, and looked at with Moment::finished.
  void move_on() { state_ = after_; }

 private:
  [[nodiscard]] RelationNames to_look_at(const ContractState& state) const;

  const Contracts* contracts_ = nullptr;
  std::optional<ContractState> state_;
  std::optional<ContractState> after_;  ///< as require_kept() found it last
};

}  // namespace dbmigrate
