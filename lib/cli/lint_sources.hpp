// What `lint` looks at: files, a range of revisions, what is new on a git branch, or everything.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "lint/revision_script.hpp"

namespace dbmigrate {

/// Together: as if all of it were applied in one run, so what an earlier one makes is new. Alone: each migration finds
/// what was made before it in use.
enum class LintRun { together, alone };

struct LintRequest {
  std::vector<std::string> targets;  ///< files, folders, or one FROM:TO or revision
  std::string since;                 ///< a git reference; empty = none
};

/// Revisions of the graph, and files outside of it.
struct LintSelection {
  std::set<RevisionIndex> revisions;
  std::vector<std::filesystem::path> files;
  LintRun run = LintRun::together;
  std::set<std::string> only_files;  ///< as shown; findings elsewhere are not asked for; empty = all are
};

/// Throws Error{usage} for what is neither a file nor a revision, and what resolving targets throws.
LintSelection select_for_lint(Context& context, const LintRequest& request);

/// The rules' levels in a branch's branch.yaml.
const std::vector<LintLevel>& levels_of_branch(const RevisionGraph& graph, const std::string& branch);

/// A file of SQL outside of the graph; its `-- dbmigrate:` lines count.
LintScript script_of_file(const std::filesystem::path& file, Milliseconds lock_timeout);

}  // namespace dbmigrate
