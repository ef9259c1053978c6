// Plan first without the lock, so that nothing to do waits for nobody.
// SPDX-License-Identifier: Apache-2.0
#include "cli/run_command.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "core/figures.hpp"
#include "core/interrupt.hpp"
#include "core/json.hpp"
#include "executor/script.hpp"
#include "executor/transaction.hpp"
#include "ledger/stored_steps.hpp"
#include "report/run_report.hpp"
#include "validation/contract_outlook.hpp"

namespace dbmigrate {

void ask_where_protected(Context& context, const std::string& question) {
  const Settings& settings = context.settings();
  if (*settings.protection == Protection::open) return;
  context.confirm(fmt::format("{} in the protected environment {}?", question, *settings.environment),
                  fmt::format("environment {} is protected", *settings.environment));
}

namespace {

/// Refuses what would break a contract; says once where that cannot be known beforehand.
class ContractsAhead {
 public:
  explicit ContractsAhead(Context& context) : context_(context), outlook_(context.graph(), context.contracts()) {}

  /// `otherwise` says what is done where it cannot be known.
  void require_kept(const std::vector<AppliedRevision>& rows, const Plan& plan, std::string_view otherwise) {
    const auto forecast = outlook_.of(rows, plan);
    if (!forecast.broken.empty()) throw Error(contract_broken(forecast.broken));
    if (forecast.unknown.empty() || std::exchange(told_, true)) return;
    const auto& first = forecast.unknown.front();
    const auto more = forecast.unknown.size() - 1;
    context_.report().note(fmt::format("not known beforehand, {}: what {} does to frozen relations. {}{}", otherwise,
                                       first.id.text(), first.why, more > 0 ? fmt::format(" {} more.", more) : ""));
  }

 private:
  Context& context_;
  ContractOutlook outlook_;
  bool told_ = false;
};

}  // namespace

Plan carry_out(Context& context, const RunRequest& request, const Planning& planning) {
  context.branches();  // wrong files are told before anything is connected to
  Database database(context, request.command);
  return carry_out(context, database, request, planning);
}

Plan carry_out(Context& context, Database& database, const RunRequest& request, const Planning& plan_for) {
  RunReport report(context.report());
  ContractsAhead contracts(context);
  const Planning planning = [&](Session& session, const LedgerState& state) {
    auto plan = plan_for(session, state);
    contracts.require_kept(state.rows, plan, "so looked at before each COMMIT");
    return plan;
  };
  auto& session = database.session_for_run();
  const Plan plan = planning(session, database.state());
  if (plan.empty()) return plan;
  ask_where_protected(context, fmt::format("{} {}", request.command,
                                           count_of(static_cast<std::int64_t>(plan.steps.size()), "revision")));

  RunOptions options = database.run_options();
  options.single_transaction = request.single_transaction;
  options.tells_every_row = context.report().verbosity() == Verbosity::verbose;
  options.allow_data_loss = request.allow_data_loss;
  options.agreed = request.agreed;
  options.identity.change = request.change;
  if (!context.contracts().empty()) options.contracts = &context.contracts();
  Executor executor(std::move(options), context.clock(), report, database.take_session());
  executor.run(planning);
  return plan;
}

void print_script(Context& context, const RunRequest& request, const std::vector<AppliedRevision>& rows,
                  const Plan& plan, const RunOptions& options) {
  if (request.single_transaction) {
    throw Error({.code = ErrorCode::usage,
                 .message = "--sql and --single-transaction do not go together",
                 .hint = "Apply the script with `psql --single-transaction`, or leave one of them out."});
  }
  ContractsAhead(context).require_kept(rows, plan, "and a script does not look");
  const std::string script = script_of(plan, options);
  if (context.report().is_text()) {
    context.report().script(script);
  } else {
    context.report().result()["sql"] = script;
  }
}

RunOptions offline_options(Context& context, const std::string& command, const std::string& change) {
  const Settings& settings = context.settings();
  RunOptions options;
  options.version_schema = *settings.version_schema;
  options.role = *settings.role;
  options.lock_timeout = *settings.lock_timeout;
  options.statement_timeout = *settings.statement_timeout;
  options.identity = identity_of(context, command, change);
  return options;
}

std::vector<AppliedRevision> rows_up_to(Context& context, const std::string& from) {
  std::vector<AppliedRevision> rows;
  if (from == "base" || from.ends_with("@base")) return rows;
  const PlanScope scope{.branches = context.branches(), .through_holds = true};
  for (const auto& step : plan_upgrade(context.graph(), {}, from, scope).steps) {
    AppliedRevision row{.id = step.id, .parents = step.migration->parents, .checksum = step.migration->checksum};
    for (const auto& other : step.migration->depends_on) row.depends_on.push_back(other.text());
    row.steps_done = row.steps_total = 1;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace dbmigrate
