// Columns first; NULLs are counted in those that are there.
// SPDX-License-Identifier: Apache-2.0
#include "validation/contract_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "contract/contract_state.hpp"
#include "postgres/reading.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

std::string quoted(const RelationName& name) {
  return sql::quote_identifier(name.schema) + "." + sql::quote_identifier(name.name);
}

/// Required columns of which the relation itself does not say that they are never NULL.
std::vector<std::string> columns_to_count(const Contract& contract, const Relation& relation) {
  std::vector<std::string> names;
  for (const auto& wanted : contract.columns) {
    const auto found = std::find_if(relation.columns.begin(), relation.columns.end(),
                                    [&](const RelationColumn& column) { return column.name == wanted.name; });
    const bool says_so = relation.is_table && found != relation.columns.end() && found->not_null;
    if (wanted.required && found != relation.columns.end() && !says_so) names.push_back(wanted.name);
  }
  return names;
}

void count_nulls(Session& session, const Relation& relation, ContractResult& result) {
  const auto& contract = *result.contract;
  const auto names = columns_to_count(contract, relation);
  if (names.empty()) return;
  std::string counts;
  for (const auto& name : names) {
    counts += fmt::format("{}pg_catalog.count(*) FILTER (WHERE {} IS NULL)", counts.empty() ? "" : ", ",
                          sql::quote_identifier(name));
  }
  session.run("SAVEPOINT dbmigrate_nulls");
  try {
    const auto counted = session.query(fmt::format("SELECT {} FROM {}", counts, quoted(contract.relation)));
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& count = counted.text(0, i);
      if (count == "0") continue;
      result.problems.push_back(
          fmt::format("required column {} is NULL in {} row{}", names[i], count, count == "1" ? "" : "s"));
    }
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    session.run("ROLLBACK TO SAVEPOINT dbmigrate_nulls");
    result.not_checked.push_back(fmt::format("NULLs in {}: {}", contract.relation.text(), error.info().message));
  }
}

}  // namespace

std::vector<const Contract*> contracts_named(const Contracts& contracts, const std::vector<AppliedRevision>& rows) {
  ContractState state(contracts);
  for (const auto& row : rows) {
    if (row.settled()) state.enter(row.id, {});
  }
  return state.in_force();
}

std::vector<ContractResult> check_contracts(Session& session, const std::vector<const Contract*>& in_force) {
  RelationNames names;
  for (const auto* contract : in_force) names.insert(contract->relation);
  Reading reading(session);
  const auto relations = read_relations(session, names);
  std::vector<ContractResult> results;
  for (const auto* contract : in_force) {
    const auto found = relations.find(contract->relation);
    const auto* relation = found == relations.end() ? nullptr : &found->second;
    auto& result = results.emplace_back(ContractResult{.contract = contract, .problems = {}, .not_checked = {}});
    result.problems = breaches_of(*contract, relation, ColumnOrdering::compared);
    if (relation != nullptr) count_nulls(session, *relation, result);
  }
  reading.end();
  return results;
}

}  // namespace dbmigrate
