// The refusal of a revision that breaks a contract.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "contract/breach.hpp"
#include "core/error.hpp"
#include "core/revision_id.hpp"
#include "ledger/applied_revision.hpp"

namespace dbmigrate {

/// What one revision does to contracts.
struct RevisionBreach {
  RevisionId id;
  Direction direction = Direction::upgrade;
  std::string file;  ///< of the revision; empty where only the database knows it
  /// Never empty. A contract that the revision itself moves is held in its new version.
  std::vector<ContractBreach> breaches;
  bool moves = false;  ///< the revision names a version of the first of these contracts
};

/// For all of `broken`, which is not empty, as Error{contract_broken} tells it.
ErrorInfo contract_broken(const std::vector<RevisionBreach>& broken);

/// `attempt v1 freezes public.attempt (FILE):`, then the lines, indented.
std::string breach_text(const ContractBreach& breach);

}  // namespace dbmigrate
