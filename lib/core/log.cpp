// spdlog stays behind this file.
// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/visible_text.hpp"

namespace dbmigrate::log {
namespace {

struct State {
  std::mutex mutex;
  std::vector<std::string> secrets;
  std::unique_ptr<spdlog::logger> logger;
};

State& state() {
  static State instance;
  return instance;
}

/// spdlog's words end with the system's.
std::string_view reason_in(std::string_view words) {
  const auto at = words.rfind(": ");
  return at == std::string_view::npos ? words : words.substr(at + 2);
}

void write(spdlog::level::level_enum level, std::string_view text) {
  const std::string clean = visible_text(without_secrets(text));
  const std::lock_guard guard(state().mutex);
  if (state().logger) state().logger->log(level, "{}", clean);
}

/// Opening one would wait for somebody who reads it.
void refuse_pipe(const std::filesystem::path& file) {
  std::error_code unknown;
  if (!std::filesystem::is_fifo(file, unknown)) return;
  throw Error({.code = ErrorCode::file_unreadable,
               .message = "cannot write the log file " + path_for_people(file),
               .detail = "It is a pipe.",
               .hint = "Name a file; `tail -f` shows what is added to it."});
}

}  // namespace

void start(Level level, const std::filesystem::path& file) {
  std::vector<spdlog::sink_ptr> sinks;
  auto console = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  console->set_pattern("%v");
  console->set_level(level == Level::verbose ? spdlog::level::debug
                     : level == Level::quiet ? spdlog::level::err
                                             : spdlog::level::warn);
  sinks.push_back(std::move(console));
  if (!file.empty()) {
    refuse_pipe(file);
    try {
      auto to_file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
      to_file->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %P %v");
      to_file->set_level(spdlog::level::trace);
      sinks.push_back(std::move(to_file));
    } catch (const spdlog::spdlog_ex& error) {
      throw Error({.code = ErrorCode::file_unreadable,
                   .message = "cannot write the log file " + path_for_people(file),
                   .detail = fmt::format("The system says: {}.", reason_in(error.what())),
                   .hint = "Name a file in a folder that you may write to."});
    }
  }
  auto logger = std::make_unique<spdlog::logger>("dbmigrate", sinks.begin(), sinks.end());
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  // A log that cannot be written any more is no reason to stop a migration half-way. Said once.
  logger->set_error_handler([told = false](const std::string& words) mutable {
    if (std::exchange(told, true)) return;
    const auto line = fmt::format("warning: cannot write the log file: {}\n", reason_in(words));
    std::fputs(line.c_str(), stderr);
  });
  const std::lock_guard guard(state().mutex);
  state().logger = std::move(logger);
}

void debug(std::string_view text) { write(spdlog::level::debug, text); }
void info(std::string_view text) { write(spdlog::level::info, text); }
void warn(std::string_view text) { write(spdlog::level::warn, text); }

void record(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    write(spdlog::level::trace, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_secret(std::string secret) {
  if (secret.empty()) return;
  const std::lock_guard guard(state().mutex);
  auto& secrets = state().secrets;
  // The longest first: one that begins with another would else be left as stars and a readable rest.
  const auto at = std::find_if(secrets.begin(), secrets.end(),
                               [&](const std::string& known) { return known.size() <= secret.size(); });
  if (at == secrets.end() || *at != secret) secrets.insert(at, std::move(secret));
}

std::string without_secrets(std::string_view text) {
  std::string clean(text);
  const std::lock_guard guard(state().mutex);
  for (const auto& secret : state().secrets) {
    for (std::size_t at = clean.find(secret); at != std::string::npos; at = clean.find(secret, at + 3)) {
      clean.replace(at, secret.size(), "***");
    }
  }
  return clean;
}

}  // namespace dbmigrate::log
