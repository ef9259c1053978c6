// `dbmigrate show`: one revision in full.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "core/error.hpp"
#include "embedded/project_server.hpp"
#include "planner/plan.hpp"
#include "report/migration_report.hpp"

namespace dbmigrate {
namespace {

struct Options {
  std::string revision;
};

/// A look at the version table must not be what creates a database.
bool is_there(Context& context) {
  const Settings& settings = context.settings();
  if (!settings.database().is_embedded()) return true;
  return project_server_status(settings.project_directory).exists;
}

/// What the version table says, where there is one to be read: the files are what was asked for, so that the command
/// never fails because of the database.
std::optional<RecordedRow> recorded(Context& context, const RevisionId& id) {
  try {
    if (!is_there(context)) return std::nullopt;
    Database database(context, "show");
    for (const auto& row : database.state().rows) {
      if (row.id == id) return RecordedRow{row};
    }
    return RecordedRow{};
  } catch (const Error& error) {
    if (error.info().code == ErrorCode::interrupted || error.info().code == ErrorCode::terminated) throw;
    context.report().note(fmt::format("note: the version table was not read: {}", error.info().message));
    return std::nullopt;
  }
}

ExitCode run(const Options& options, Context& context) {
  const RevisionGraph& graph = context.graph();
  const RevisionIndex revision = resolve_revision(graph, {}, options.revision, context.branches());

  show_revision(context.report(), graph, revision, recorded(context, graph.migration(revision).id));
  return ExitCode::done;
}

}  // namespace

Command show_command() {
  return {.name = "show",
          .purpose = "Show one revision in full",
          .section = Section::project,
          .reach = Reach::database,
          .declare = [](FlagSet& flags) -> Runner {
            auto options = std::make_shared<Options>();
            flags.add_option("revision", options->revision, "ID, BRANCH@ID, an unambiguous prefix, or BRANCH@head")
                .required()
                .completes(Completes::revision);
            return [options](Context& context) { return run(*options, context); };
          },
          .description =
              "Prints what the files say of the revision: its place in the graph, its settings, its checksum "
              "and the SQL of both directions. Where a database can be reached, also what its version table has of "
              "it; where none can, a note says why.",
          .examples = {{"show persons@003", "Shows the revision of the branch persons that begins with 003."},
                       {"show head --branch persons", "Shows that branch's newest revision."}}};
}

}  // namespace dbmigrate
