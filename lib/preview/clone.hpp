// A throwaway copy of the target's schema, twice.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "embedded/temporary_server.hpp"
#include "executor/run_options.hpp"
#include "graph/revision_graph.hpp"
#include "ledger/applied_revision.hpp"
#include "preview/target_reader.hpp"

namespace dbmigrate {

enum class CloneMode {
  automatic,  ///< as good as it can be had
  required,   ///< or not at all
  off,
};

enum class CloneOrigin {
  none,    ///< nothing was run
  dump,    ///< all of the target's schema, by pg_dump
  replay,  ///< what the applied revisions make, from their files
};

struct CloneRequest {
  const RunOptions& target;
  const RevisionGraph& graph;
  const std::vector<AppliedRevision>& rows;
  std::string server_bin;  ///< where the server programs are; empty = to be searched for
  Clock& clock;
};

class Clone {
 public:
  /// Throws Error{server_missing} where there are no server programs, and what a server throws. `reader` asks the
  /// target.
  Clone(const CloneRequest& request, TargetReader& reader);

  [[nodiscard]] std::string as_written() const { return server_->url("as_written"); }
  [[nodiscard]] std::string after_each() const { return server_->url("after_each"); }
  [[nodiscard]] CloneOrigin origin() const { return origin_; }
  [[nodiscard]] int server_major() const { return server_major_; }
  /// What of the target it does not have, each a clause.
  [[nodiscard]] const std::vector<std::string>& gaps() const { return gaps_; }

 private:
  void start(const CloneRequest& request, int target_major);
  void copy_roles(TargetReader& reader);
  bool load_dump(const CloneRequest& request, int target_major);
  void replay(const CloneRequest& request);
  void note_missing(TargetReader& reader);
  void create_database(const std::string& name, const std::string& original);

  std::unique_ptr<TemporaryServer> server_;
  std::unique_ptr<Session> admin_;
  std::filesystem::path binaries_;
  CloneOrigin origin_ = CloneOrigin::none;
  int server_major_ = 0;
  std::vector<std::string> gaps_;
};

}  // namespace dbmigrate
