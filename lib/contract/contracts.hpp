// All contracts of a project, and the revisions that move them.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "contract/contract.hpp"
#include "contract/relations.hpp"
#include "descriptor/migration_source.hpp"
#include "descriptor/problems.hpp"
#include "graph/revision_graph.hpp"

namespace dbmigrate {

/// A revision that says `contract: {NAME: version}`.
struct ContractMove {
  RevisionId id;
  int version = 1;
};

/// One contract in all its versions.
struct ContractHistory {
  std::string branch;
  std::string name;
  std::vector<Contract> versions;   ///< version 1 first, none missing; never empty
  std::vector<ContractMove> moves;  ///< in the order in which they run
  int newest = 0;                   ///< the greatest version that has a file

  /// True when no revision says where version 1 begins: then it does as soon as the relation is what it says.
  [[nodiscard]] bool begins_by_itself() const;
  /// The version that `id` names; 0 = none.
  [[nodiscard]] int moved_by(const RevisionId& id) const;
};

class Contracts {
 public:
  Contracts() = default;
  /// Reads the contracts of every branch. Throws Error{invalid_descriptor}, which tells all problems at once: files
  /// that do not read, missing versions, revisions that name a version without a file or go back to an older one.
  explicit Contracts(const RevisionGraph& graph);

  [[nodiscard]] bool empty() const { return histories_.empty(); }
  [[nodiscard]] const std::vector<ContractHistory>& histories() const { return histories_; }
  /// The relations of all versions.
  [[nodiscard]] const RelationNames& relations() const { return relations_; }

 private:
  std::vector<ContractHistory> histories_;  ///< by branch as the graph has them, then by name
  RelationNames relations_;
};

/// The contracts in a branch's folder; every mistake goes to `problems`, what is left is returned all the same.
std::vector<ContractHistory> read_contracts(const BranchInfo& branch, const std::filesystem::path& root,
                                            Problems& problems);

/// A migrations directory with the contracts in it: the problems of both are told together.
class ContractedDirectory : public MigrationSource {
 public:
  explicit ContractedDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {}
  [[nodiscard]] MigrationSet load() const override;

 private:
  std::filesystem::path directory_;
};

}  // namespace dbmigrate
