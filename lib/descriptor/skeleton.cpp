// The files of a revision that is about to be written.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/skeleton.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "yaml/writer.hpp"

namespace dbmigrate {
namespace {

std::string sql_header(const NewRevision& revision) {
  const std::string parents = revision.parents.empty() ? "null" : fmt::format("{}", fmt::join(revision.parents, ", "));
  return fmt::format("-- dbmigrate: down_revision={}\n-- dbmigrate: description={}\n", parents, revision.description);
}

yaml::Node parents_node(const NewRevision& revision) {
  if (revision.parents.empty()) return yaml::null();
  if (revision.parents.size() == 1) return yaml::text(revision.parents.front());
  std::vector<yaml::Node> parents;
  for (const auto& parent : revision.parents) parents.push_back(yaml::text(parent));
  return yaml::list(std::move(parents));
}

std::string yaml_header(const NewRevision& revision) {
  return yaml::write(yaml::mapping({{"revision", yaml::text(revision.name)},
                                    {"down_revision", parents_node(revision)},
                                    {"description", yaml::text(revision.description)}}));
}

/// It stops a run that comes too early: an empty revision would be recorded as applied, and its SQL, once written,
/// would never run.
std::string unwritten(std::string_view direction) {
  return fmt::format(
      "-- Write the {0}'s SQL in place of this statement.\n"
      "DO $$ BEGIN RAISE EXCEPTION 'the SQL of this {0} is not written yet'; END $$;\n",
      direction);
}

/// `sql` as the one item of a list of steps.
std::string step(std::string_view sql) {
  std::string text = "  - sql: |\n";
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = sql.find('\n', at) + 1;
    text += "      " + std::string(sql.substr(at, end - at));
    at = end;
  }
  return text;
}

}  // namespace

std::vector<NewFile> skeleton_of(const NewRevision& revision, RevisionForm form) {
  const auto up = unwritten("upgrade");
  const auto down = unwritten("downgrade");
  if (form == RevisionForm::sql) {
    return {{revision.name + ".up.sql", sql_header(revision) + "\n" + up}, {revision.name + ".down.sql", down}};
  }
  return {{revision.name + ".yaml", yaml_header(revision) + "up:\n" + step(up) + "down:\n" + step(down)}};
}

std::vector<NewFile> merge_skeleton_of(const NewRevision& revision) {
  const std::string nothing = "-- A merge joins its parents and changes nothing itself.\nSELECT 1;\n";
  return {{revision.name + ".yaml", yaml_header(revision) + "up:\n" + step(nothing) + "down:\n" + step(nothing)}};
}

}  // namespace dbmigrate
