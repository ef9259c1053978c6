// Contracts held against a database that is only looked at.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "contract/contracts.hpp"
#include "ledger/applied_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// What there is to say of one contract.
struct ContractResult {
  const Contract* contract = nullptr;
  std::vector<std::string> problems;     ///< empty = it is kept
  std::vector<std::string> not_checked;  ///< with the reason
};

/// The contracts that revisions in effect name, in their greatest version.
std::vector<const Contract*> contracts_named(const Contracts& contracts, const std::vector<AppliedRevision>& rows);

/// Columns as they are, and rows with NULL in a required column counted. In a transaction of its own, or
/// in the one that is open.
std::vector<ContractResult> check_contracts(Session& session, const std::vector<const Contract*>& in_force);

}  // namespace dbmigrate
