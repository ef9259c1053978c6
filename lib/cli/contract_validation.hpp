// The contracts' part of `validate-only`.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "core/json_fwd.hpp"
#include "ledger/applied_revision.hpp"
#include "postgres/session.hpp"
#include "rehearsal/rehearsal_database.hpp"
#include "validation/contract_checks.hpp"
#include "validation/contract_outlook.hpp"

namespace dbmigrate {

/// One line of the validation, with its problems.
struct ContractPart {
  std::string name;
  std::vector<std::string> problems;
  std::string when_good;
  std::vector<std::string> not_checked;
};

/// Says nothing where the project has no contracts.
class ContractValidation {
 public:
  /// Reads nothing. `context` outlives it.
  explicit ContractValidation(Context& context) : context_(context) {}

  /// The catalog file of each revision against the contract in force there.
  std::vector<ContractPart> files();
  /// Golden rows as of `target`; empty = the heads.
  std::vector<ContractPart> offline(const std::string& target);
  /// Live columns, NULLs, and golden rows as of the revisions in effect.
  std::vector<ContractPart> database(Session& session, const std::vector<AppliedRevision>& rows);

  /// Everything said so far: one entry a contract and version.
  [[nodiscard]] Json json() const;

 private:
  ContractOutlook& outlook();
  /// Adds what `revisions` in effect put in force to what is known to have begun by itself.
  std::vector<const Contract*> in_force(const std::vector<AppliedRevision>& rows);
  ContractPart golden(const std::vector<const Contract*>& contracts, const std::vector<AppliedRevision>& rows);
  void add_golden(RehearsalServer& server, const Contract& contract, const std::vector<AppliedRevision>& rows,
                  ContractPart& part);
  void add(const ContractResult& result);

  Context& context_;
  std::optional<ContractOutlook> outlook_;
  std::map<const Contract*, ContractResult> results_;
};

}  // namespace dbmigrate
