// `dbmigrate drift`: the live catalog against what the applied revisions left behind.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "core/json.hpp"
#include "report/comparison_report.hpp"
#include "validation/expected_state.hpp"

namespace dbmigrate {
namespace {

ExitCode run(Context& context) {
  Database database(context, "drift");
  const auto& rows = database.state().rows;
  const auto expected = expected_state(context.graph(), rows);
  require_known(expected);
  const auto live = read_snapshot(database.session(), database.run_options().version_schema);
  const auto comparison = compare(expected.catalog, live);

  show_comparison(context.report(), comparison);
  if (!comparison.differences.empty()) return ExitCode::findings;
  if (expected.catalog.objects.empty()) {
    context.report().line("no drift: nothing is in effect here, so nothing is expected");
    return ExitCode::done;
  }
  context.report().line(fmt::format("no drift: {} objects are as {} {} left them", expected.catalog.objects.size(),
                                    rows.size(), rows.size() == 1 ? "revision" : "revisions"));
  return ExitCode::done;
}

}  // namespace

Command drift_command() {
  return {.name = "drift",
          .purpose = "Compare the live catalog with what the applied revisions left behind",
          .section = Section::proof,
          .reach = Reach::database,
          .declare = [](FlagSet&) -> Runner { return [](Context& context) { return run(context); }; },
          .description =
              "Adds up the catalog files of the revisions in effect and compares the sum with the database, in the "
              "schemas that they have objects in: what is missing, changed, or unknown. A revision whose effect is "
              "not known is an error, not a pass. Revisions that were adopted may have more than they need; -v lists "
              "that. Read-only.",
          .examples = {{"drift", "Exits 0 when there is none, 8 with the differences when there is some."}},
          .exits = {ExitCode::cannot_connect, ExitCode::findings}};
}

}  // namespace dbmigrate
