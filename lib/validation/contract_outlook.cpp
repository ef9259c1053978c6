// Catalog files folded one revision after the other, with only the frozen relations in them.
// SPDX-License-Identifier: Apache-2.0
#include "validation/contract_outlook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/file.hpp"

namespace dbmigrate {

namespace {

/// A state that revisions are added to.
class Folding {
 public:
  explicit Folding(const Contracts& contracts) : contracts_(&contracts), state_(contracts) {}

  template <class Members>
  Folding(const Contracts& contracts, const Members& members) : Folding(contracts) {
    for (const auto& member : members) {
      add(*member.effect->file);
      if (member.in_effect) enter(member.id);
    }
  }

  void add(const CatalogFile& file) {
    if (file.adds.empty() && file.changes.empty() && file.drops.empty()) return;
    catalog_.add(file, Origin::ran);
    relations_ = relations_of(catalog_, contracts_->relations());
  }
  void enter(const RevisionId& id) { state_.enter(id, relations_); }

  [[nodiscard]] std::vector<ContractBreach> breaches() const { return state_.breaches(relations_); }
  [[nodiscard]] std::vector<const Contract*> in_force() const { return state_.in_force(); }
  [[nodiscard]] std::vector<ContractBreach> not_begun() const { return state_.not_begun(relations_); }

 private:
  const Contracts* contracts_;
  ExpectedCatalog catalog_;
  Relations relations_;
  ContractState state_;
};

bool same(const std::vector<ContractBreach>& left, const std::vector<ContractBreach>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& a, const auto& b) { return a.contract == b.contract && a.lines == b.lines; });
}

bool moves(const Contract& contract, const Migration* migration) {
  return migration != nullptr && migration->id.branch == contract.branch && migration->contract.contains(contract.name);
}

/// Adds what `step` leaves broken, unless the step before left the same.
void note(ContractForecast& forecast, const PlanStep& step, Direction direction, std::vector<ContractBreach> breaches,
          std::vector<ContractBreach>& before) {
  if (!breaches.empty() && !same(breaches, before)) {
    forecast.broken.push_back({.id = step.id,
                               .direction = direction,
                               .file = step.migration != nullptr ? step.migration->file : "",
                               .breaches = breaches,
                               .moves = moves(*breaches.front().contract, step.migration)});
  }
  before = std::move(breaches);
}

bool names(const ContractHistory& history, const RevisionId& id) { return history.moved_by(id) > 0; }

}  // namespace

ContractOutlook::ContractOutlook(const RevisionGraph& graph, const Contracts& contracts)
    : graph_(graph), contracts_(contracts) {}

bool ContractOutlook::concerned(const std::vector<AppliedRevision>& rows, const Plan& plan) const {
  const auto& histories = contracts_.histories();
  return std::any_of(histories.begin(), histories.end(), [&](const ContractHistory& history) {
    return history.begins_by_itself() ||
           std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return names(history, row.id); }) ||
           std::any_of(plan.steps.begin(), plan.steps.end(), [&](const auto& step) { return names(history, step.id); });
  });
}

const ContractOutlook::Effect& ContractOutlook::effect_of_file(const RevisionId& id) {
  auto [place, is_new] = effects_.try_emplace(id);
  auto& effect = place->second;
  if (!is_new) return effect;
  const auto index = graph_.find(id);
  if (!index) {
    effect.unknown = "It is not among the files.";
    return effect;
  }
  const auto& migration = graph_.migration(*index);
  const auto path = path_for_people(catalog_path(migration));
  if (inputs_.empty()) inputs_ = catalog_inputs(graph_);
  std::optional<CatalogFile> file;
  try {
    file = load_catalog_file(migration);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_descriptor) throw;
    effect.unknown = fmt::format("{} does not read: {}.", path, error.info().message);
    return effect;
  }
  if (!file) {
    effect.unknown = fmt::format("There is no {}.", path);
  } else if (file->checksum != migration.checksum || file->inputs != inputs_[*index]) {
    effect.unknown = fmt::format("{} is stale.", path);
  } else {
    effect.file = only_relations(*file, contracts_.relations());
  }
  return effect;
}

const ContractOutlook::Effect& ContractOutlook::effect_of_row(const AppliedRevision& row) {
  static const Effect half_way{.file = std::nullopt, .unknown = "It is half-way."};
  static const Effect other_text{.file = std::nullopt, .unknown = "It ran with another text than its file has."};
  if (!row.settled()) return half_way;
  const auto& effect = effect_of_file(row.id);
  return effect.file && effect.file->checksum != row.checksum ? other_text : effect;
}

std::vector<ContractOutlook::Member> ContractOutlook::members_of(const std::vector<AppliedRevision>& rows,
                                                                 const Plan& plan, ContractForecast& forecast) {
  std::vector<Member> members;
  for (const auto& row : rows) {
    const bool planned =
        std::any_of(plan.steps.begin(), plan.steps.end(), [&](const PlanStep& step) { return step.id == row.id; });
    // A half-way or skipped revision of the plan is done or undone by it.
    if (row.state == RevisionState::skipped || (planned && !row.settled())) continue;
    const auto& effect = effect_of_row(row);
    if (effect.file) {
      members.push_back({.rank = graph_.rank(*graph_.find(row.id)), .id = row.id, .effect = &effect});
    } else {
      forecast.unknown.push_back({row.id, effect.unknown});
    }
  }
  std::sort(members.begin(), members.end(), [](const auto& left, const auto& right) { return left.rank < right.rank; });
  return members;
}

void ContractOutlook::look_ahead_up(std::vector<Member> members, const Plan& plan, ContractForecast& forecast) {
  Folding folding(contracts_, members);
  std::vector<ContractBreach> before;
  for (const auto& step : plan.steps) {
    const auto& effect = effect_of_file(step.id);
    if (!effect.file) {
      forecast.unknown.push_back({step.id, effect.unknown});
      break;
    }
    folding.add(*effect.file);
    folding.enter(step.id);
    note(forecast, step, plan.direction, folding.breaches(), before);
  }
  forecast.in_force = folding.in_force();
  if (forecast.unknown.empty()) forecast.not_begun = folding.not_begun();
}

void ContractOutlook::look_ahead_down(std::vector<Member> members, const Plan& plan, ContractForecast& forecast) {
  std::vector<ContractBreach> before;
  for (const auto& step : plan.steps) {
    const auto member =
        std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.id == step.id; });
    if (member == members.end()) continue;
    // What was adopted was there before and stays.
    if (step.row && step.row->state == RevisionState::adopted) {
      member->in_effect = false;
    } else {
      members.erase(member);
    }
    note(forecast, step, plan.direction, Folding(contracts_, members).breaches(), before);
  }
  forecast.in_force = Folding(contracts_, members).in_force();
}

ContractForecast ContractOutlook::of(const std::vector<AppliedRevision>& rows, const Plan& plan) {
  ContractForecast forecast;
  if (contracts_.empty() || !concerned(rows, plan)) return forecast;
  auto members = members_of(rows, plan, forecast);
  if (!forecast.unknown.empty()) return forecast;
  if (plan.direction == Direction::upgrade) {
    look_ahead_up(std::move(members), plan, forecast);
  } else {
    look_ahead_down(std::move(members), plan, forecast);
  }
  return forecast;
}

}  // namespace dbmigrate
