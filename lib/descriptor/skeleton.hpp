// The files of a revision that is about to be written.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace dbmigrate {

enum class RevisionForm { sql, yaml };

struct NewRevision {
  std::string name;
  std::string description;           ///< one line
  std::vector<std::string> parents;  ///< empty = the branch's base
};

struct NewFile {
  std::string name;  ///< within the branch's folder
  std::string content;
  bool operator==(const NewFile&) const = default;
};

/// With the parents written down and, where the SQL belongs, a statement that fails until it is replaced. The last
/// line of each ends in a line feed.
std::vector<NewFile> skeleton_of(const NewRevision& revision, RevisionForm form);

/// A revision that joins its parents and does nothing else.
std::vector<NewFile> merge_skeleton_of(const NewRevision& revision);

}  // namespace dbmigrate
