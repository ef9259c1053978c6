// What revisions would do to contracts, by their catalog files: known before anything runs.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "contract/contract_error.hpp"
#include "contract/contract_state.hpp"
#include "contract/contracts.hpp"
#include "planner/plan.hpp"
#include "validation/expected_state.hpp"

namespace dbmigrate {

struct ContractForecast {
  std::vector<RevisionBreach> broken;  ///< in the order of the plan; what stays broken is told once
  /// Effects that nobody can tell: what comes behind them was not looked at.
  std::vector<UnknownEffect> unknown;
  std::vector<const Contract*> in_force;  ///< at the end, as far as that is known
  std::vector<ContractBreach> not_begun;  ///< at the end of an upgrade of which all is known
};

/// Reads each catalog file once, however often it is asked.
class ContractOutlook {
 public:
  /// `graph` and `contracts` outlive the outlook.
  ContractOutlook(const RevisionGraph& graph, const Contracts& contracts);

  /// Holds the state behind each revision of `plan` against the contracts in force there. `rows` are what the version
  /// table has before.
  ContractForecast of(const std::vector<AppliedRevision>& rows, const Plan& plan);

 private:
  /// What a revision does to relations with contracts, or why that is not known.
  struct Effect {
    std::optional<CatalogFile> file;
    std::string unknown;
  };
  /// A revision whose effect is in the database, and whether it is in effect itself: the row of an adopted revision can
  /// be taken away while what it describes stays.
  struct Member {
    std::size_t rank = 0;
    RevisionId id;
    const Effect* effect = nullptr;
    bool in_effect = true;
  };
  const Effect& effect_of_file(const RevisionId& id);
  const Effect& effect_of_row(const AppliedRevision& row);
  /// Of the rows, in the order in which they ran; those that nobody can tell go to `forecast.unknown`.
  std::vector<Member> members_of(const std::vector<AppliedRevision>& rows, const Plan& plan,
                                 ContractForecast& forecast);
  void look_ahead_up(std::vector<Member> members, const Plan& plan, ContractForecast& forecast);
  void look_ahead_down(std::vector<Member> members, const Plan& plan, ContractForecast& forecast);
  [[nodiscard]] bool concerned(const std::vector<AppliedRevision>& rows, const Plan& plan) const;

  const RevisionGraph& graph_;
  const Contracts& contracts_;
  std::vector<Checksum> inputs_;
  std::map<RevisionId, Effect> effects_;
};

}  // namespace dbmigrate
