// The commands' way through planner and executor, without the command line.
// SPDX-License-Identifier: Apache-2.0
#include "support/run.hpp"

#include <fmt/format.h>

#include "executor/preflight.hpp"

namespace dbmigrate::tests {
namespace {

std::vector<std::string> branches_of(const RevisionGraph& graph) {
  std::vector<std::string> names;
  for (const auto& branch : graph.branches()) names.push_back(branch.name);
  return names;
}

}  // namespace

RunOptions options_for(const TestDatabase& database, std::string command) {
  static int count = 0;
  RunOptions options;
  options.conninfo = database.url();
  options.lock_retry_for = Milliseconds{20'000};
  options.identity = {.run_id = fmt::format("00000000-0000-4000-8000-{:012}", ++count),
                      .command = std::move(command),
                      .os_user = "tester",
                      .host = "here",
                      .application = fmt::format("dbmigrate test {}", count),
                      .tool_version = "test",
                      .flags = ""};
  return options;
}

RunOutcome upgrade(const TestDatabase& database, const Project& project, const std::string& target, Observer* observer,
                   RunOptions* options) {
  const auto graph = project.graph();
  RecordingObserver own;
  auto run_options = options != nullptr ? *options : options_for(database);
  Executor executor(run_options, system_clock(), observer != nullptr ? *observer : own);
  const auto branches = branches_of(graph);
  return executor.run([&](Session& session, const LedgerState& state) {
    require_same_checksums(graph, state, branches);
    require_known_revisions(graph, state, branches);
    return plan_upgrade(graph, state.rows, target,
                        {.branches = branches, .branches_with_rows = branches_with_rows(session, graph, branches)});
  });
}

RunOutcome downgrade(const TestDatabase& database, const Project& project, const std::string& target,
                     Observer* observer, RunOptions* options) {
  const auto graph = project.graph();
  RecordingObserver own;
  auto run_options = options != nullptr ? *options : options_for(database, "downgrade");
  Executor executor(run_options, system_clock(), observer != nullptr ? *observer : own);
  return executor.run([&](Session&, const LedgerState& state) {
    return plan_downgrade(graph, state.rows, target, {.branches = branches_of(graph)});
  });
}

}  // namespace dbmigrate::tests
