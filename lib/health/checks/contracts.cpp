// Frozen relations against what they were promised to be.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "health/health_check.hpp"
#include "health/probe.hpp"
#include "validation/contract_checks.hpp"
#include "validation/contract_outlook.hpp"

namespace dbmigrate {
namespace {

/// Those that a revision names, and those that began by themselves.
std::vector<const Contract*> in_force(Probe& probe) {
  const auto& subject = probe.subject();
  if (subject.contracts.empty()) return {};
  const auto& rows = probe.ledger().rows;
  auto contracts = contracts_named(subject.contracts, rows);
  for (const auto* contract : ContractOutlook(subject.graph, subject.contracts).of(rows, {}).in_force) {
    if (std::find(contracts.begin(), contracts.end(), contract) == contracts.end()) contracts.push_back(contract);
  }
  std::erase_if(contracts, [&](const Contract* one) { return !probe.is_selected({one->branch, ""}); });
  return contracts;
}

Look look(Probe& probe) {
  const auto contracts = in_force(probe);
  Look look;
  if (contracts.empty()) return look;
  for (const auto& result : check_contracts(probe.session(), contracts)) {
    const auto object = "contract " + result.contract->text();
    const auto fix = "dbmigrate validate-only shows it in full; the contract is " + result.contract->file;
    for (const auto& problem : result.problems) {
      look.findings.push_back({.object = object, .detail = "is broken: " + problem, .fix = fix});
    }
    for (const auto& why : result.not_checked) {
      look.findings.push_back(
          {.object = object, .detail = "was not checked: " + why, .fix = fix, .status = HealthStatus::unknown});
    }
  }
  return look;
}

}  // namespace

HealthCheck contracts_check() {
  return {.id = "contracts",
          .title = "Contracts are kept",
          .section = HealthSection::migrations,
          .severity = HealthStatus::critical,
          .looks_at = "Relations that a contract freezes: their columns, and NULLs in required ones.",
          .why = "Whoever reads the relation was promised that it stays as it is.",
          .remedy =
              "Take back what changed the relation; a new version of the contract where readers have "
              "agreed to it.",
          .look = look};
}

}  // namespace dbmigrate
