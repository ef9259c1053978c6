// `dbmigrate health-check`: is this database as it should be, and will it stay so?
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/database.hpp"
#include "core/file.hpp"
#include "core/log.hpp"
#include "health/health_run.hpp"
#include "report/health_report.hpp"

namespace dbmigrate {
namespace {

struct Options {
  Milliseconds timeout{10'000};
  std::string output;
};

enum class Form { report, nagios, prometheus };

Form form_of(Context& context) {
  const auto& format = *context.output().format;
  if (format == "nagios") return Form::nagios;
  return format == "prometheus" ? Form::prometheus : Form::report;
}

ExitCode exit_for(HealthStatus status) { return static_cast<ExitCode>(static_cast<int>(status)); }

HealthStatus status_of(ErrorCode code) {
  return code == ErrorCode::cannot_connect ? HealthStatus::critical : HealthStatus::unknown;
}

ExitCode exit_of(ErrorCode code) {
  if (code == ErrorCode::interrupted || code == ErrorCode::terminated) return exit_code_of(code);
  return exit_for(status_of(code));
}

void deliver(const Options& options, Context& context, const std::string& text) {
  const auto clean = log::without_secrets(text);
  if (options.output.empty()) {
    context.report().script(clean);
  } else {
    write_file(context.world().working_directory / options.output, clean, Overwrite::yes);
  }
}

HealthLabels labels_of(Context& context, const std::string& database) {
  try {
    return {.environment = *context.settings().environment, .database = database};
  } catch (const Error&) {
    return {.environment = {}, .database = database};  // what is wrong with the settings is being told already
  }
}

void show(const Options& options, Context& context, Form form, const HealthReport& health,
          const std::string& database) {
  if (form == Form::report) return show_health(context.report(), health);
  deliver(options, context,
          form == Form::nagios ? nagios_line(health) : prometheus_text(health, labels_of(context, database)));
}

ExitCode look(const Options& options, Context& context, Form form) {
  const auto until = std::chrono::steady_clock::now() + options.timeout;
  const auto& settings = context.settings();
  const auto& branches = context.branches();  // wrong files are told before anything is connected to
  chosen_checks(settings.health);
  Database database(context, "health-check", until);
  auto& session = database.session();
  const HealthSubject subject{.graph = context.graph(),
                              .contracts = context.contracts(),
                              .branches = branches,
                              .version_schema = *settings.version_schema,
                              .role = *settings.role,
                              .recent_writes_after = *settings.recent_writes_after,
                              .now = context.world().now};
  const auto health = run_health(session, subject, settings.health, {.until = until});
  show(options, context, form, health, session.server().database);
  return exit_for(health.status);
}

ExitCode run(const Options& options, Context& context) {
  const auto form = form_of(context);
  if (!options.output.empty() && form == Form::report) {
    throw Error({.code = ErrorCode::usage,
                 .message = "--output goes with --format prometheus or --format nagios",
                 .hint = "Redirect stdout for the other formats."});
  }
  if (form == Form::report) return look(options, context, form);
  try {
    return look(options, context, form);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::terminated) throw;
    // Who reads these formats does not read stderr: that nothing could be looked at must be seen there.
    const auto status = status_of(error.code());
    deliver(options, context,
            form == Form::nagios ? nagios_line(status, error.info()) : prometheus_text(status, labels_of(context, "")));
    throw;
  }
}

}  // namespace

Command health_check_command() {
  return {
      .name = "health-check",
      .purpose = "Check the migrations, the schema and the server, as monitoring does",
      .section = Section::proof,
      .reach = Reach::database,
      .declare = [](FlagSet& flags) -> Runner {
        auto options = std::make_shared<Options>();
        flags.add_option("--timeout", options->timeout, "How long it may take, connecting included");
        flags
            .add_option("--output", options->output,
                        "With --format prometheus or nagios: write to this file, by rename, instead of stdout")
            .value("FILE")
            .completes(Completes::file);
        return [options](Context& context) { return run(*options, context); };
      },
      .formats = {"prometheus", "nagios"},
      .description =
          "One line a check, with the objects found and what mends each; docs/reference/health-checks.md has all "
          "checks. With -q only the first five lines and what is not well, with -v the values that were measured. "
          "Thresholds and suppressions stand in dbmigrate.yaml, below health. Only the selected branches count.\n\n"
          "Read-only, one snapshot, a fixed number of queries; also on a standby and behind a transaction pooler. A "
          "check that the role may not see the answer to is UNKNOWN alone and names the grant that it needs.\n\n"
          "The exit status is that of monitoring plugins, also for errors.",
      .examples = {{"health-check", "Says how the database is, a line a check."},
                   {"health-check --format nagios --timeout 8s", "Prints one line with performance data."},
                   {"health-check --format prometheus --output health.prom",
                    "Writes metrics for the textfile collector of the node exporter."}},
      .exits = {},
      .own_exits = {{exit_for(HealthStatus::ok), "OK"},
                    {exit_for(HealthStatus::warning), "WARNING"},
                    {exit_for(HealthStatus::critical), "CRITICAL, or no connection to the database"},
                    {exit_for(HealthStatus::unknown), "UNKNOWN: a check cannot tell, or dbmigrate itself failed"},
                    {ExitCode::interrupted, "interrupted (SIGINT)"},
                    {ExitCode::terminated, "interrupted (SIGTERM)"}},
      .exit_of = exit_of};
}

}  // namespace dbmigrate
