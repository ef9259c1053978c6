// `contracts/NAME.vN.yaml`: the file that freezes a relation.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "contract/contract.hpp"

namespace dbmigrate {

/// What a contract's file is called: `attempt.v2.yaml`.
struct ContractFileName {
  std::string contract;
  int version = 0;
};
std::optional<ContractFileName> parse_contract_file_name(std::string_view name);
std::string contract_file_name(std::string_view contract, int version);

/// `path` for messages; its last part has to agree with what the text says. The branch is left empty. Throws
/// Error{invalid_descriptor} at the place of whatever is not as it must be.
Contract parse_contract_file(std::string text, const std::string& path, const ContractFileName& name);

}  // namespace dbmigrate
