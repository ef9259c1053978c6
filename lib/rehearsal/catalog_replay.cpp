// One database goes on as long as what is in it is what the next revision needs.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/catalog_replay.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "rehearsal/needs.hpp"

namespace dbmigrate {
namespace {

class Replay {
 public:
  Replay(RehearsalServer& server, const RevisionGraph& graph)
      : server_(server), graph_(graph), done_(graph.size(), 0) {}

  CatalogFile run(RevisionIndex revision) {
    prepare(needs_of(graph_, revision));
    if (!before_) before_ = snapshot();
    upgrade(revision);
    auto after = snapshot();
    auto file = catalog_file_of(*before_, after, std::string(RehearsalServer::kOwner));
    before_ = std::move(after);
    return file;
  }

 private:
  void prepare(const std::vector<RevisionIndex>& needs) {
    std::size_t there = 0;
    for (const auto need : needs) there += done_[need] != 0 ? 1U : 0U;
    if (!database_ || there != count_) {
      database_ = std::make_unique<RehearsalDatabase>(server_, graph_);
      std::fill(done_.begin(), done_.end(), '\0');
      count_ = 0;
      before_.reset();
    }
    for (const auto need : needs) {
      if (done_[need] != 0) continue;
      upgrade(need);
      before_.reset();
    }
  }

  void upgrade(RevisionIndex revision) {
    database_->upgrade(revision);
    done_[revision] = 1;
    ++count_;
  }

  Snapshot snapshot() { return read_snapshot(database_->session(), database_->version_schema()); }

  RehearsalServer& server_;
  const RevisionGraph& graph_;
  std::unique_ptr<RehearsalDatabase> database_;
  std::vector<char> done_;  ///< in `database_`
  std::size_t count_ = 0;   ///< of those
  std::optional<Snapshot> before_;
};

}  // namespace

std::vector<CatalogFile> replay_catalogs(RehearsalServer& server, const RevisionGraph& graph,
                                         std::vector<RevisionIndex> revisions,
                                         const std::function<void(const RevisionId&)>& started) {
  std::sort(revisions.begin(), revisions.end(),
            [&](auto left, auto right) { return graph.rank(left) < graph.rank(right); });
  const auto inputs = catalog_inputs(graph);
  Replay replay(server, graph);
  std::vector<CatalogFile> files;
  for (const auto revision : revisions) {
    const auto& migration = graph.migration(revision);
    started(migration.id);
    auto file = replay.run(revision);
    file.id = migration.id;
    file.checksum = migration.checksum;
    file.inputs = inputs[revision];
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace dbmigrate
