// `dbmigrate show`: one revision in full.
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cli/command.hpp"
#include "cli/context.hpp"
#include "planner/plan.hpp"
#include "report/migration_report.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string revision;
};

ExitCode run(const Options& options, Context& context) {
  const RevisionGraph& graph = context.graph();
  const RevisionIndex revision = resolve_revision(graph, {}, options.revision, context.branches());

  show_revision(context.report(), graph, revision);
  return ExitCode::done;
}

}  // namespace

Command show_command() {
  return {.name = "show",
          .purpose = "Show one revision in full",
          .section = Section::project,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_option("revision", options->revision, "ID, BRANCH@ID, an unambiguous prefix, or BRANCH@head")
                .required()
                .completes(Completes::revision);
            return [options](Context& context) { return run(*options, context); };
          },
          .description =
              "Prints what the files say of the revision: its place in the graph, its settings, its checksum "
              "and the SQL of both directions.",
          .examples = {{"show persons@003", "Shows the revision of the branch persons that begins with 003."},
                       {"show head --branch persons", "Shows that branch's newest revision."}}};
}

}  // namespace dbmigrate
