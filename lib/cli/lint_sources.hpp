// What `lint` looks at: files, a range of revisions, what is new on a git branch, or everything.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "lint/linter.hpp"

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

/// The rules' levels of a branch over those of the project. Throws Error{invalid_config} or Error{invalid_descriptor}
/// for a rule that there is not.
RuleLevels levels_of(const std::vector<LintLevel>& project, const std::vector<LintLevel>& branch);

/// `lock_timeout` is what a run would use.
LintScript script_of_revision(const Migration& migration, Milliseconds lock_timeout);
/// A file of SQL outside of the graph; its `-- dbmigrate:` lines count.
LintScript script_of_file(const std::filesystem::path& file, Milliseconds lock_timeout);

}  // namespace dbmigrate
