// Where a new revision goes, what it is called, and writing it.
// SPDX-License-Identifier: Apache-2.0
#include "cli/new_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/words.hpp"
#include "descriptor/names.hpp"
#include "graph/next_revision.hpp"
#include "report/width.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> names_of(const std::vector<BranchInfo>& branches) {
  std::vector<std::string> names;
  for (const auto& branch : branches) names.push_back(branch.name);
  return names;
}

Place existing_place(const RevisionGraph& graph, const std::string& branch) {
  Place place{.branch = branch};
  for (const auto& info : graph.branches()) {
    if (info.name == branch) place.folder = info.folder;
  }
  for (const auto index : graph.revisions(branch)) place.names.push_back(graph.migration(index).id.name);
  for (const auto index : graph.heads(branch)) {
    place.heads.push_back(graph.migration(index).id.name);
    place.usual_form = graph.migration(index).file.ends_with(".yaml") ? RevisionForm::yaml : RevisionForm::sql;
  }
  return place;
}

/// A branch that has no folder yet.
Place new_place(const RevisionGraph& graph, const fs::path& directory, const std::string& branch) {
  const auto known = names_of(graph.branches());
  const auto fail = [&](std::string detail, std::string hint) {
    throw Error({.code = ErrorCode::usage,
                 .message = fmt::format("cannot begin a branch \"{}\"", branch),
                 .detail = std::move(detail),
                 .hint = std::move(hint)});
  };
  if (const auto why = why_no_branch_name(branch); !why.empty()) fail(fmt::format("The name {}.", why), "");
  if (const auto near = nearest_word(branch, known); !near.empty()) {
    fail(fmt::format("There is a branch {}.", near),
         fmt::format("Give --branch {}, or make the folder {} first if a new branch is meant.", near,
                     path_for_people(directory / branch)));
  }
  const bool is_flat = std::any_of(graph.branches().begin(), graph.branches().end(), [&](const BranchInfo& info) {
    return info.folder == directory && !graph.revisions(info.name).empty();
  });
  if (is_flat) {
    fail(fmt::format("Migrations lie directly in {}.", path_for_people(directory)),
         "Move them into a folder of their own; its name becomes their branch's.");
  }
  return {.branch = branch, .folder = directory / branch};
}

std::string only_branch(const RevisionGraph& graph, const std::vector<std::string>& chosen) {
  if (chosen.size() == 1) return chosen.front();
  if (chosen.empty() && graph.branches().size() == 1) return graph.branches().front().name;
  const auto candidates = chosen.empty() ? names_of(graph.branches()) : chosen;
  throw Error({.code = ErrorCode::usage,
               .message = "it is not clear which branch the revision belongs to",
               .detail = fmt::format("The candidates are {}.", listed(candidates)),
               .hint = fmt::format("Give --branch {}.", candidates.front())});
}

void check_new_name(const Place& place, const std::string& name) {
  if (const auto why = why_no_revision_name(name); !why.empty()) {
    throw Error({.code = ErrorCode::usage,
                 .message = fmt::format("\"{}\" cannot be a revision's id", name),
                 .detail = fmt::format("It {}.", why)});
  }
  if (std::find(place.names.begin(), place.names.end(), name) == place.names.end()) return;
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("revision {}@{} is there already", place.branch, name),
               .hint = "Choose another --id."});
}

}  // namespace

Place place_for_new(Context& context) {
  const RevisionGraph& graph = context.graph();
  const auto& chosen = *context.settings().branches;
  const fs::path& directory = *context.settings().directory;
  if (chosen.empty() && graph.branches().empty()) return {.branch = "main", .folder = directory};
  const std::string branch = only_branch(graph, chosen);
  return graph.has_branch(branch) ? existing_place(graph, branch) : new_place(graph, directory, branch);
}

Place place_for_merge(Context& context, const std::vector<RevisionId>& heads) {
  const auto fail = [](std::string message, std::string hint) {
    throw Error({.code = ErrorCode::usage, .message = std::move(message), .hint = std::move(hint)});
  };
  if (heads.size() < 2) fail("a merge needs two heads or more", "\"dbmigrate heads\" lists them.");
  Place place = existing_place(context.graph(), heads.front().branch);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (heads[i].branch != place.branch) {
      fail(fmt::format("{} and {} are in different branches", heads.front().text(), heads[i].text()),
           "Branches are independent; a revision waits for another branch's with depends_on.");
    }
    if (std::find(place.heads.begin(), place.heads.end(), heads[i].name) == place.heads.end()) {
      fail(fmt::format("{} is no head", heads[i].text()),
           fmt::format("The heads of {} are {}.", place.branch, listed(place.heads)));
    }
    if (std::count(heads.begin(), heads.end(), heads[i]) > 1) {
      fail(fmt::format("{} is named twice", heads[i].text()), "Name different heads.");
    }
  }
  return place;
}

std::vector<std::string> parents_for_new(const Place& place) {
  if (place.heads.size() < 2) return place.heads;
  throw Error({.code = ErrorCode::invalid_graph,
               .message = fmt::format("branch {} has several heads", place.branch),
               .detail = fmt::format("They are {}.", listed(place.heads)),
               .hint = fmt::format("Join them first: dbmigrate merge {}.", fmt::join(place.heads, " "))});
}

std::string name_for_new(Context& context, const Place& place, const std::string& message, const std::string& id) {
  std::string name = id;
  if (name.empty()) {
    const std::string slug = slug_of(message);
    if (slug.empty()) {
      throw Error({.code = ErrorCode::usage,
                   .message = "the message has no letter or digit that an id could be made of",
                   .hint = "Write some of it in ASCII, or give --id."});
    }
    name = next_revision_name(place.names, slug, context.world().now());
  }
  check_new_name(place, name);
  return name;
}

std::string description_of(const std::string& message) { return one_line(message); }

void write_new_files(Context& context, const Place& place, const NewRevision& revision,
                     const std::vector<NewFile>& files) {
  std::vector<fs::path> written;
  try {
    for (const auto& file : files) {
      write_file(place.folder / file.name, file.content, Overwrite::no);
      written.push_back(place.folder / file.name);
    }
  } catch (const Error&) {
    std::error_code unknown;
    for (const auto& path : written) fs::remove(path, unknown);
    throw;
  }
  Report& report = context.report();
  Json& result = report.result();
  result["branch"] = place.branch;
  result["revision"] = revision.name;
  result["parents"] = revision.parents;
  result["files"] = Json::array();
  for (const auto& path : written) {
    result["files"].push_back(path_for_people(path));
    report.line("wrote " + path_for_people(path));
  }
}

}  // namespace dbmigrate
