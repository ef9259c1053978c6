// The flags that every command takes.
// SPDX-License-Identifier: Apache-2.0
#include "cli/common_flags.hpp"

#include <cstddef>

namespace dbmigrate {
namespace {

void add_target_flags(FlagSet& flags, Flags& values) {
  flags.add_option("--url", values.url, "The database: a PostgreSQL URL, a conninfo string, or embedded:").value("URL");
  flags.add_option("--env", values.env, "The environment of dbmigrate.yaml to use").value("NAME");
  flags.add_option("--config", values.config, "The settings file")
      .value("FILE")
      .default_is("dbmigrate.yaml here or in a parent folder")
      .completes(Completes::file);
  flags.add_option("--dir", values.dir, "The migrations directory")
      .value("DIR")
      .default_is("migrations")
      .completes(Completes::directory);
  flags.add_option("--branch", values.branches, "Only this branch; may be repeated")
      .value("NAME")
      .completes(Completes::branch);
  flags.add_option("--version-schema", values.version_schema, "The schema of the version table")
      .value("NAME")
      .default_is("dbmigrate");
  flags.add_option("--server-bin", values.server_bin, "The PostgreSQL binaries for embedded and throwaway servers")
      .value("DIR")
      .completes(Completes::directory);
}

void add_waiting_flags(FlagSet& flags, Flags& values) {
  flags.add_option("--wait", values.wait, "How long to wait for another run to end").default_is("1min");
  flags.add_option("--lock-timeout", values.lock_timeout, "How long one attempt waits for a table's lock; 0 = for ever")
      .default_is("2s");
  flags.add_option("--lock-retry-for", values.lock_retry_for, "How long attempts to get locks are repeated")
      .default_is("5min");
  flags.add_option("--reconnect-for", values.reconnect_for, "How long a lost server is tried for again; 0 = give up")
      .default_is("30s");
  flags.add_option("--idle-timeout", values.idle_timeout, "When the server ends the transactions of a silent run")
      .default_is("30s");
  flags.add_option("--statement-timeout", values.statement_timeout, "How long one statement may run; 0 = for ever")
      .default_is("0");
}

void add_output_flags(FlagSet& flags, Flags& values, const std::vector<std::string>& further_formats) {
  std::vector<std::string> formats{"text", "json", "ndjson"};
  formats.insert(formats.end(), further_formats.begin(), further_formats.end());
  flags.add_option("--format", values.format, "How results are written")
      .value("FORMAT")
      .default_is("text")
      .one_of(formats);
  flags.add_option("--color", values.color, "When to use colour; NO_COLOR is honoured")
      .value("WHEN")
      .default_is("auto")
      .one_of({"auto", "always", "never"});
  flags.add_flag("-q,--quiet", values.quiet, "Say only results, warnings and errors");
  flags.add_flag("-v,--verbose", values.verbose, "Say more on stderr");
  flags.add_option("--log-file", values.log_file, "Also write a log, with times, to this file")
      .value("FILE")
      .completes(Completes::file);
  flags.add_flag("--yes", values.yes, "Answer questions with yes; needed for a protected environment");
}

}  // namespace

void add_common_flags(FlagSet& flags, Flags& values, const std::vector<std::string>& further_formats) {
  const std::size_t own = flags.flags().size();
  add_target_flags(flags, values);
  add_waiting_flags(flags, values);
  add_output_flags(flags, values, further_formats);
  for (std::size_t i = own; i < flags.flags().size(); ++i) flags.flags()[i].group = Flag::Group::common;
}

}  // namespace dbmigrate
