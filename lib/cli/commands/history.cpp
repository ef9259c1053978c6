// `dbmigrate history`: what was applied when, or everything that happened.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <memory>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "report/history_report.hpp"

namespace dbmigrate {
namespace {

struct Options {
  bool log = false;
  std::int64_t limit = 0;  ///< newest so many; 0 = all
};

bool selected(Context& context, const std::string& branch) {
  if (context.settings().branches->empty()) return true;
  const auto& branches = context.branches();
  return std::find(branches.begin(), branches.end(), branch) != branches.end();
}

ExitCode run(const Options& options, Context& context) {
  Database database(context, "history");
  if (options.log) {
    auto events = database.ledger().history(static_cast<int>(options.limit));
    std::erase_if(events, [&](const auto& one) { return one.event.id && !selected(context, one.event.id->branch); });
    show_events(context.report(), events);
    return ExitCode::done;
  }
  auto rows = database.state().rows;
  std::erase_if(rows, [&](const auto& row) { return !selected(context, row.id.branch); });
  if (options.limit > 0 && rows.size() > static_cast<std::size_t>(options.limit)) {
    rows.erase(rows.begin(), rows.end() - options.limit);
  }
  show_applied(context.report(), rows);
  return ExitCode::done;
}

}  // namespace

Command history_command() {
  return {
      .name = "history",
      .purpose = "Show what was applied when, or the log of every event",
      .section = Section::database,
      .reach = Reach::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_flag("--log", options->log, "Every event: runs, failures, interruptions, stamps, repairs");
        flags.add_option("--limit", options->limit, "Only the newest so many; 0 shows all").value("N");
        return [options](Context& context) { return run(*options, context); };
      },
      .description =
          "Without --log the revisions in effect, oldest first, with the server's time. The log is append-only and "
          "holds failures too: who, from where, with which version and flags, the SQLSTATE, the place in the file "
          "and the sessions that stood in the way. Neither holds row contents or passwords.",
      .examples = {{"history", "Shows what is in effect."}, {"history --log --limit 20", "Shows the last 20 events."}},
      .exits = {ExitCode::cannot_connect}};
}

}  // namespace dbmigrate
