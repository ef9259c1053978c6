// How a run speaks, from flags and environment alone.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

void merge_word(Setting<std::string>& setting, const Environment& environment, std::string_view variable,
                const std::vector<std::string>& permitted, const std::optional<std::string>& flag,
                std::string_view flag_name) {
  if (const auto word = environment.get(variable)) {
    if (std::find(permitted.begin(), permitted.end(), *word) == permitted.end()) {
      throw Error({.code = ErrorCode::invalid_config,
                   .message = fmt::format("the environment variable {} holds \"{}\"", variable, *word),
                   .detail = fmt::format("It takes {}.", listed(permitted)),
                   .hint = fmt::format("Correct {} or unset it.", variable)});
    }
    setting = {*word, std::string(variable)};
  }
  if (flag) setting = {*flag, std::string(flag_name)};
}

}  // namespace

OutputSettings load_output_settings(const Flags& flags, const Environment& environment) {
  if (flags.quiet && flags.verbose) {
    throw Error({.code = ErrorCode::usage, .message = "-q and -v contradict each other", .hint = "Give one of them."});
  }
  OutputSettings output;
  merge_word(output.format, environment, "DBMIGRATE_FORMAT", {"text", "json", "ndjson"}, flags.format, "--format");
  if (environment.get("NO_COLOR")) output.color = {"never", "NO_COLOR"};
  merge_word(output.color, environment, "DBMIGRATE_COLOR", {"auto", "always", "never"}, flags.color, "--color");
  output.quiet = {flags.quiet, "--quiet"};
  output.verbose = {flags.verbose, "--verbose"};
  if (const auto path = environment.get("DBMIGRATE_LOG_FILE")) output.log_file = {*path, "DBMIGRATE_LOG_FILE"};
  if (flags.log_file) output.log_file = {*flags.log_file, "--log-file"};
  return output;
}

}  // namespace dbmigrate
