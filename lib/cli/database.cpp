// From settings to a connection.
// SPDX-License-Identifier: Apache-2.0
#include "cli/database.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <random>
#include <utility>

#include "cli/git_commit.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/version.hpp"
#include "embedded/server_binaries.hpp"

namespace dbmigrate {
namespace {

/// A random UUID, version 4.
std::string new_run_id() {
  std::random_device random;
  std::array<unsigned int, 4> words{random(), random(), random(), random()};
  words[1] = (words[1] & 0xffff0fffU) | 0x4000U;
  words[2] = (words[2] & 0x3fffffffU) | 0x80000000U;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:04x}{:08x}", words[0], words[1] >> 16U, words[1] & 0xffffU,
                     words[2] >> 16U, words[2] & 0xffffU, words[3]);
}

std::string system_user() {
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : fmt::format("uid {}", geteuid());
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// The command line as it was given, but for the database: where that is, the row's database knows.
std::string flags_text(const std::vector<std::string>& words) {
  std::string text;
  bool skip = false;
  for (const auto& word : words) {
    if (std::exchange(skip, word == "--url")) continue;
    if (word == "--url" || word.starts_with("--url=")) continue;
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

}  // namespace

RunIdentity identity_of(Context& context, std::string command, std::string change) {
  RunIdentity identity;
  identity.run_id = new_run_id();
  identity.command = std::move(command);
  identity.os_user = system_user();
  identity.host = host_name();
  identity.application = fmt::format("dbmigrate {}", identity.run_id.substr(0, 8));
  identity.tool_version = std::string(program_version());
  identity.git_commit = git_commit_of(*context.settings().directory);
  identity.flags = flags_text(context.world().words);
  identity.change = std::move(change);
  return identity;
}

Database::Database(Context& context, std::string command, std::optional<std::chrono::steady_clock::time_point> until)
    : context_(context), command_(std::move(command)), until_(until) {}
Database::~Database() = default;

const RunOptions& Database::run_options() {
  if (options_) return *options_;
  const Settings& settings = context_.settings();
  const DatabaseAddress& address = settings.database();
  RunOptions options;
  if (address.is_embedded()) {
    embedded_.emplace(ProjectServer::attach(settings.project_directory, find_server_binaries(*settings.server_bin)));
    options.conninfo = embedded_->url();
  } else {
    options.conninfo = address.url;
  }
  options.version_schema = *settings.version_schema;
  options.role = *settings.role;
  options.wait = *settings.wait;
  options.lock_timeout = *settings.lock_timeout;
  options.statement_timeout = *settings.statement_timeout;
  options.lock_retry_for = *settings.lock_retry_for;
  options.reconnect_for = *settings.reconnect_for;
  options.idle_timeout = *settings.idle_timeout;
  options.until = until_;
  options.identity = identity_of(context_, command_, "");
  return options_.emplace(std::move(options));
}

Session& Database::session() {
  if (session_) return *session_;
  session_ = open_session(run_options());
  announce(session_->server());
  return *session_;
}

Session& Database::session_for_run() {
  if (!session_) {
    session_ = open_session_patiently(run_options(), context_.clock(), [&](const ErrorInfo& refusal, int attempt) {
      context_.report().note(fmt::format("{}; connecting again (attempt {})", refusal.detail, attempt));
    });
    announce(session_->server());
  }
  require_writable(session_->server());
  return *session_;
}

Ledger& Database::ledger() {
  if (!ledger_) ledger_ = std::make_unique<Ledger>(session(), run_options().version_schema, run_options().role);
  return *ledger_;
}

const LedgerState& Database::state() {
  if (!state_) state_ = ledger().read();
  return *state_;
}

std::unique_ptr<Session> Database::take_session() {
  session();
  ledger_.reset();
  return std::move(session_);
}

void Database::announce(const ServerFacts& server) {
  const Settings& settings = context_.settings();
  const auto& environment = *settings.environment;
  // A socket's folder in brackets, as an IPv6 address would be: its slashes are not those of the URL.
  const bool is_socket = server.host.starts_with("/");
  std::string where = fmt::format("{}:{}", is_socket ? "[" + server.host + "]" : server.host, server.port);
  if (settings.database().is_embedded()) where = "embedded";
  context_.report().note(fmt::format("target: {}@{}/{} (PostgreSQL {}{}{})", server.user, where, server.database,
                                     server.version, environment.empty() ? "" : ", environment " + environment,
                                     server.pooled ? ", behind a transaction pooler" : ""));
  context_.report().set_target({{"user", server.user},
                                {"host", server.host},
                                {"port", server.port},
                                {"database", server.database},
                                {"server_version", server.version},
                                {"environment", environment.empty() ? Json(nullptr) : Json(environment)},
                                {"embedded", settings.database().is_embedded()},
                                {"pooled", server.pooled}});
}

}  // namespace dbmigrate
