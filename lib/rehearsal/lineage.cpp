// Rows first, then the revision that they are for.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/lineage.hpp"

#include <algorithm>
#include <utility>

#include "rehearsal/needs.hpp"

namespace dbmigrate {

Lineage::Lineage(RehearsalServer& server, const RevisionGraph& graph, RehearsalOptions options,
                 const Fixtures* fixtures)
    : server_(server), graph_(graph), options_(std::move(options)), fixtures_(fixtures) {}

std::optional<RevisionIndex> Lineage::skipped_need(RevisionIndex revision) const {
  for (const auto need : needs_of(graph_, revision)) {
    if (skipped_.contains(need)) return need;
  }
  return std::nullopt;
}

RehearsalDatabase& Lineage::before(RevisionIndex revision) {
  const auto needs = needs_of(graph_, revision);
  const bool all_needed = std::all_of(done_.begin(), done_.end(), [&](RevisionIndex done) {
    return std::find(needs.begin(), needs.end(), done) != needs.end();
  });
  if (!database_ || !all_needed) {
    database_ = std::make_unique<RehearsalDatabase>(server_, graph_, options_);
    done_.clear();
    loaded_.clear();
  }
  for (const auto need : needs) {
    if (!done_.contains(need)) advance(need);
  }
  load_rows(revision);
  return *database_;
}

void Lineage::load_rows(RevisionIndex revision) {
  const auto* fixture = fixtures_ == nullptr ? nullptr : fixtures_->of(revision);
  if (fixture != nullptr && loaded_.insert(revision).second) load_fixture(database_->session(), *fixture);
}

void Lineage::advance(RevisionIndex revision) {
  load_rows(revision);
  database_->upgrade(revision);
  done_.insert(revision);
}

void Lineage::replace(RevisionIndex revision, std::unique_ptr<RehearsalDatabase> copy) {
  database_ = std::move(copy);
  done_.insert(revision);
}

}  // namespace dbmigrate
