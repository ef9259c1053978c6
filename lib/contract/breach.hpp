// A relation held against its contract.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "contract/contract.hpp"
#include "contract/relations.hpp"

namespace dbmigrate {

/// Whether the order of columns counts: catalog files do not always know it.
enum class ColumnOrdering { compared, unknown };

/// One line for each thing that is not as the contract says, as in `column item_id is missing`; empty when all is.
/// `relation` is null where there is none of that name.
std::vector<std::string> breaches_of(const Contract& contract, const Relation* relation, ColumnOrdering ordering);

/// A contract that is in force, and what breaks it.
struct ContractBreach {
  const Contract* contract = nullptr;
  std::vector<std::string> lines;  ///< never empty
};

}  // namespace dbmigrate
