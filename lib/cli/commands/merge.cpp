// `dbmigrate merge`: a revision that joins heads.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "cli/new_files.hpp"
#include "core/error.hpp"
#include "planner/plan.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::vector<std::string> revisions;
  std::string message;
  std::string id;
};

ExitCode run(const Options& options, Context& context) {
  std::vector<RevisionId> heads;
  for (const auto& target : options.revisions) {
    const RevisionGraph& graph = context.graph();
    heads.push_back(graph.migration(resolve_revision(graph, {}, target, context.branches())).id);
  }
  const Place place = place_for_merge(context, heads);
  const std::string message =
      options.message.empty() ? fmt::format("merge {}", fmt::join(options.revisions, " and ")) : options.message;
  NewRevision revision{
      .name = name_for_new(context, place, message, options.id), .description = description_of(message), .parents = {}};
  for (const auto& head : heads) revision.parents.push_back(head.name);
  write_new_files(context, place, revision, merge_skeleton_of(revision));
  return ExitCode::done;
}

}  // namespace

Command merge_command() {
  return {.name = "merge",
          .purpose = "Write a revision that joins several heads of a branch",
          .section = Section::project,
          .reach = Reach::files,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_option("revision", options->revisions, "The heads to join, two or more")
                .required()
                .completes(Completes::revision);
            flags.add_option("--message", options->message, "What is merged").default_is("merge, and the heads' names");
            flags.add_option("--id", options->id, "The whole id of the merge revision").value("ID");
            return [options](Context& context) { return run(*options, context); };
          },
          .description =
              "Two people who each added a revision to the same parent leave two heads. The merge revision "
              "has both as parents and changes nothing itself.",
          .examples = {{"merge 004_add_email 004_add_phone", "Writes a revision with both as its parents."}}};
}

}  // namespace dbmigrate
