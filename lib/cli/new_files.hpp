// Where a new revision goes, what it is called, and writing it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "core/revision_id.hpp"
#include "descriptor/skeleton.hpp"

namespace dbmigrate {

struct Place {
  std::string branch;
  std::filesystem::path folder;
  std::vector<std::string> names;  ///< of the revisions that are there
  std::vector<std::string> heads;
  RevisionForm usual_form = RevisionForm::sql;  ///< that of the last revision
};

/// The one branch that is meant. Throws Error{usage}: several would fit, or a new branch is called nearly like one
/// that is there.
Place place_for_new(Context& context);

/// The branch of revisions to be joined. Throws Error{usage}: fewer than two, of several branches, or no heads.
Place place_for_merge(Context& context, const std::vector<RevisionId>& heads);

/// The branch's head, or nothing for its first revision. Throws Error{invalid_graph} where there are several heads.
std::vector<std::string> parents_for_new(const Place& place);

/// `id` where one is given, else made of the branch's style and `message`. Throws Error{usage}.
std::string name_for_new(Context& context, const Place& place, const std::string& message, const std::string& id);

/// `message` as one line.
std::string description_of(const std::string& message);

/// Throws Error{file_unreadable} where a file is there already; then none of them is left behind.
void write_new_files(Context& context, const Place& place, const NewRevision& revision,
                     const std::vector<NewFile>& files);

}  // namespace dbmigrate
