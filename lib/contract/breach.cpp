// Column by column; each mistake is told once.
// SPDX-License-Identifier: Apache-2.0
#include "contract/breach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "contract/column_type.hpp"

namespace dbmigrate {
namespace {

template <class Columns>
auto find(const Columns& columns, const std::string& name) {
  return std::find_if(columns.begin(), columns.end(), [&](const auto& column) { return column.name == name; });
}

/// The other's column at the same place, where neither side knows the name of the other: a renamed column.
const RelationColumn* renamed(const Contract& contract, const Relation& relation, std::size_t place) {
  if (contract.columns.size() != relation.columns.size()) return nullptr;
  const auto& there = relation.columns[place];
  return find(contract.columns, there.name) == contract.columns.end() ? &there : nullptr;
}

class Comparing {
 public:
  Comparing(const Contract& contract, const Relation& relation) : contract_(contract), relation_(relation) {}

  std::vector<std::string> run(ColumnOrdering ordering) {
    for (std::size_t place = 0; place < contract_.columns.size(); ++place) look_for(place, ordering);
    for (const auto& column : relation_.columns) {
      const bool told = std::find(renamed_.begin(), renamed_.end(), column.name) != renamed_.end();
      if (told || find(contract_.columns, column.name) != contract_.columns.end()) continue;
      lines_.push_back(fmt::format("column {} is not in the contract", column.name));
    }
    if (lines_.empty() && ordering == ColumnOrdering::compared) look_at_order();
    return std::move(lines_);
  }

 private:
  void look_for(std::size_t place, ColumnOrdering ordering) {
    const auto& wanted = contract_.columns[place];
    const auto found = find(relation_.columns, wanted.name);
    if (found != relation_.columns.end()) return look_at(wanted, *found);
    const auto* other = ordering == ColumnOrdering::compared ? renamed(contract_, relation_, place) : nullptr;
    if (other == nullptr) {
      lines_.push_back(fmt::format("column {} is missing", wanted.name));
      return;
    }
    renamed_.push_back(other->name);
    lines_.push_back(fmt::format("column {} is {}, the contract says {}", place + 1, other->name, wanted.name));
  }

  void look_at(const ContractColumn& wanted, const RelationColumn& found) {
    if (!same_type(wanted.type, found.type)) {
      lines_.push_back(fmt::format("type of {} is {}, the contract says {}", wanted.name, found.type, wanted.type));
    }
    if (wanted.required && relation_.is_table && !found.not_null) {
      lines_.push_back(fmt::format("column {} may be NULL, the contract requires it", wanted.name));
    }
  }

  void look_at_order() {
    for (std::size_t place = 0; place < contract_.columns.size(); ++place) {
      const auto& there = relation_.columns[place].name;
      const auto& wanted = contract_.columns[place].name;
      if (there == wanted) continue;
      lines_.push_back(fmt::format("column {} is {}, the contract says {}", place + 1, there, wanted));
    }
  }

  const Contract& contract_;
  const Relation& relation_;
  std::vector<std::string> lines_;
  std::vector<std::string> renamed_;
};

}  // namespace

std::vector<std::string> breaches_of(const Contract& contract, const Relation* relation, ColumnOrdering ordering) {
  if (relation == nullptr) return {fmt::format("the relation {} is missing", contract.relation.text())};
  return Comparing(contract, *relation).run(ordering);
}

}  // namespace dbmigrate
