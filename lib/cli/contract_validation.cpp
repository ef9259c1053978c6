// Files, then a database, then a throwaway server.
// SPDX-License-Identifier: Apache-2.0
#include "cli/contract_validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/json.hpp"
#include "core/words.hpp"
#include "embedded/server_binaries.hpp"
#include "rehearsal/golden_rows.hpp"

namespace dbmigrate {
namespace {

/// All revisions of `branches`, and those of others that they depend on, in the order in which they run.
Plan whole_way(const RevisionGraph& graph, const std::vector<std::string>& branches) {
  std::set<RevisionIndex> chosen;
  std::vector<RevisionIndex> open;
  for (const auto& branch : branches) {
    const auto& revisions = graph.revisions(branch);
    open.insert(open.end(), revisions.begin(), revisions.end());
  }
  while (!open.empty()) {
    const auto next = open.back();
    open.pop_back();
    if (!chosen.insert(next).second) continue;
    for (const auto parent : graph.parents(next)) open.push_back(parent);
    for (const auto dependency : graph.dependencies(next)) open.push_back(dependency);
  }
  Plan plan;
  for (const auto index : graph.in_order()) {
    const auto& migration = graph.migration(index);
    if (chosen.contains(index)) plan.steps.push_back({.id = migration.id, .migration = &migration, .row = {}});
  }
  return plan;
}

/// As if the plan had been run.
std::vector<AppliedRevision> rows_of(const Plan& plan) {
  std::vector<AppliedRevision> rows;
  for (const auto& step : plan.steps) {
    AppliedRevision row;
    row.id = step.id;
    row.checksum = step.migration->checksum;
    rows.push_back(std::move(row));
  }
  return rows;
}

void add_lines(std::vector<std::string>& problems, const std::string& first, const std::vector<std::string>& lines) {
  problems.push_back(first);
  for (const auto& line : lines) problems.push_back("  " + line);
}

std::string names_of(const std::vector<const Contract*>& contracts) {
  std::vector<std::string> names;
  for (const auto* contract : contracts) names.push_back(contract->text());
  return names.empty() ? "none is in force" : listed(names);
}

bool is_end(ErrorCode code) { return code == ErrorCode::interrupted || code == ErrorCode::terminated; }

}  // namespace

ContractOutlook& ContractValidation::outlook() {
  if (!outlook_) outlook_.emplace(context_.graph(), context_.contracts());
  return *outlook_;
}

void ContractValidation::add(const ContractResult& result) {
  auto& all = results_[result.contract];
  all.contract = result.contract;
  all.problems.insert(all.problems.end(), result.problems.begin(), result.problems.end());
  all.not_checked.insert(all.not_checked.end(), result.not_checked.begin(), result.not_checked.end());
}

std::vector<ContractPart> ContractValidation::files() {
  if (context_.contracts().empty()) return {};
  const auto& branches = context_.branches();
  const auto forecast = outlook().of({}, whole_way(context_.graph(), branches));
  ContractPart part{.name = "contracts", .problems = {}, .when_good = {}, .not_checked = {}};
  for (const auto& one : forecast.broken) {
    for (const auto& breach : one.breaches) {
      const auto first = fmt::format("{} breaks {}, which freezes {} ({})", one.id.text(), breach.contract->text(),
                                     breach.contract->relation.text(), breach.contract->file);
      add_lines(part.problems, first, breach.lines);
      ContractResult result{.contract = breach.contract, .problems = {}, .not_checked = {}};
      add_lines(result.problems, fmt::format("{} breaks it", one.id.text()), breach.lines);
      add(result);
    }
  }
  for (const auto& breach : forecast.not_begun) {
    if (std::find(branches.begin(), branches.end(), breach.contract->branch) == branches.end()) continue;
    add_lines(part.problems,
              fmt::format("{} never begins: no revision names it, and after the last one {} is not what it says",
                          breach.contract->text(), breach.contract->relation.text()),
              breach.lines);
    add({.contract = breach.contract, .problems = breach.lines, .not_checked = {}});
  }
  for (const auto& one : forecast.unknown) {
    part.not_checked.push_back(fmt::format("{} and what comes behind it: {}", one.id.text(), one.why));
  }
  const bool concerned = !forecast.in_force.empty() || !part.problems.empty() || !part.not_checked.empty();
  if (!concerned) return {};
  for (const auto* contract : forecast.in_force) add({.contract = contract, .problems = {}, .not_checked = {}});
  part.when_good = fmt::format("kept by every revision; {} at the end", names_of(forecast.in_force));
  return {std::move(part)};
}

std::vector<const Contract*> ContractValidation::in_force(const std::vector<AppliedRevision>& rows) {
  auto contracts = contracts_named(context_.contracts(), rows);
  for (const auto* contract : outlook().of(rows, {}).in_force) {
    if (std::find(contracts.begin(), contracts.end(), contract) == contracts.end()) contracts.push_back(contract);
  }
  return contracts;
}

std::vector<ContractPart> ContractValidation::offline(const std::string& target) {
  if (context_.contracts().empty()) return {};
  const auto& graph = context_.graph();
  const PlanScope scope{.branches = context_.branches(), .through_holds = true, .branches_with_rows = {}};
  const auto rows =
      rows_of(target.empty() ? whole_way(graph, context_.branches()) : plan_upgrade(graph, {}, target, scope));
  auto part = golden(in_force(rows), rows);
  if (part.when_good.empty() && part.problems.empty() && part.not_checked.empty()) return {};
  return {std::move(part)};
}

std::vector<ContractPart> ContractValidation::database(Session& session, const std::vector<AppliedRevision>& rows) {
  if (context_.contracts().empty()) return {};
  const auto contracts = in_force(rows);
  if (contracts.empty()) return {};
  ContractPart part{
      .name = "contracts in the database", .problems = {}, .when_good = names_of(contracts), .not_checked = {}};
  for (const auto& result : check_contracts(session, contracts)) {
    if (!result.problems.empty()) {
      add_lines(part.problems,
                fmt::format("{} freezes {} ({})", result.contract->text(), result.contract->relation.text(),
                            result.contract->file),
                result.problems);
    }
    part.not_checked.insert(part.not_checked.end(), result.not_checked.begin(), result.not_checked.end());
    add(result);
  }
  std::vector<ContractPart> parts{std::move(part)};
  auto rows_part = golden(contracts, rows);
  const bool said = !rows_part.when_good.empty() || !rows_part.problems.empty() || !rows_part.not_checked.empty();
  if (said) parts.push_back(std::move(rows_part));
  return parts;
}

ContractPart ContractValidation::golden(const std::vector<const Contract*>& contracts,
                                        const std::vector<AppliedRevision>& rows) {
  ContractPart part{.name = "golden rows", .problems = {}, .when_good = {}, .not_checked = {}};
  std::vector<const Contract*> with_rows;
  std::copy_if(contracts.begin(), contracts.end(), std::back_inserter(with_rows),
               [](const Contract* contract) { return !contract->golden.empty(); });
  if (with_rows.empty()) return part;
  std::optional<RehearsalServer> server;
  try {
    server.emplace(find_server_binaries(*context_.settings().server_bin), context_.clock());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::server_missing && error.code() != ErrorCode::server_unsupported) throw;
    for (const auto* contract : with_rows) {
      part.not_checked.push_back(fmt::format("golden rows of {}: {}", contract->text(), error.info().message));
      add({.contract = contract, .problems = {}, .not_checked = {part.not_checked.back()}});
    }
    part.when_good = "no server to try them on";
    return part;
  }
  for (const auto* contract : with_rows) add_golden(*server, *contract, rows, part);
  part.when_good = fmt::format("hold for {}", names_of(with_rows));
  if (!part.not_checked.empty() && part.not_checked.size() == with_rows.size()) part.when_good = "could not be tried";
  return part;
}

void ContractValidation::add_golden(RehearsalServer& server, const Contract& contract,
                                    const std::vector<AppliedRevision>& rows, ContractPart& part) {
  std::vector<RevisionIndex> revisions;
  for (const auto& row : rows) {
    const auto index = context_.graph().find(row.id);
    if (index && row.settled() && row.id.branch == contract.branch) revisions.push_back(*index);
  }
  ContractResult result{.contract = &contract, .problems = {}, .not_checked = {}};
  try {
    for (const auto& one : rehearse_golden_rows(server, context_.graph(), revisions, contract)) {
      if (one.problems.empty()) continue;
      const auto first = fmt::format("{} ({}): \"{}\" does not hold", contract.text(), contract.file, one.name);
      add_lines(part.problems, first, one.problems);
      add_lines(result.problems, first, one.problems);
    }
  } catch (const Error& error) {
    if (is_end(error.code())) throw;
    part.not_checked.push_back(fmt::format("golden rows of {}: the revisions do not run on a throwaway server: {}",
                                           contract.text(), error.info().message));
    result.not_checked.push_back(part.not_checked.back());
  }
  add(result);
}

Json ContractValidation::json() const {
  Json list = Json::array();
  std::vector<const ContractResult*> sorted;
  for (const auto& [contract, result] : results_) sorted.push_back(&result);
  std::sort(sorted.begin(), sorted.end(), [](const auto* left, const auto* right) {
    const auto key = [](const Contract& one) { return std::tie(one.branch, one.name, one.version); };
    return key(*left->contract) < key(*right->contract);
  });
  for (const auto* result : sorted) {
    list.push_back({{"branch", result->contract->branch},
                    {"contract", result->contract->name},
                    {"version", result->contract->version},
                    {"relation", result->contract->relation.text()},
                    {"ok", result->problems.empty()},
                    {"problems", result->problems},
                    {"not_checked", result->not_checked}});
  }
  return list;
}

}  // namespace dbmigrate
