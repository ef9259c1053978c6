// Diagnostics for whoever debugs a run; never results, never row contents, never secrets.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dbmigrate::log {

enum class Level { quiet, normal, verbose };

/// Until it is called nothing is logged. `file` empty = no log file. The file gets everything, with times.
void start(Level level, const std::filesystem::path& file);

void debug(std::string_view text);  ///< stderr only with -v
void info(std::string_view text);   ///< log file, stderr with -v
void warn(std::string_view text);   ///< log file and stderr

/// The log file only: what the user was told in any case, a line for each of its own.
void record(std::string_view text);

/// From now on every log line has this text replaced by ***. Ignored when empty.
void add_secret(std::string secret);

/// `text` without any secret that was added.
std::string without_secrets(std::string_view text);

}  // namespace dbmigrate::log
