// pg_dump where it works, else the applied revisions once more.
// SPDX-License-Identifier: Apache-2.0
#include "preview/clone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/version.hpp"
#include "core/words.hpp"
#include "embedded/server_binaries.hpp"
#include "executor/executor.hpp"
#include "preview/pg_dump.hpp"
#include "preview/silence.hpp"
#include "sql/quote.hpp"
#include "sql/script.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kApplication = "dbmigrate dry-run";
constexpr std::size_t kGapsNamed = 10;

std::unique_ptr<Session> connected(const std::string& url) {
  return connect({.conninfo = url, .application_name = std::string(kApplication)});
}

/// Programs of the target's own major version where they are installed: they behave as the target does.
ServerBinaries binaries_for(const std::string& preferred, int target_major) {
  if (preferred.empty()) {
    const auto same = std::filesystem::path(fmt::format("/usr/lib/postgresql/{}/bin", target_major));
    std::error_code ignored;
    if (std::filesystem::exists(same / "postgres", ignored)) return find_server_binaries(same);
  }
  return find_server_binaries(preferred);
}

void add_gaps(std::vector<std::string>& gaps, std::string_view what, const std::vector<std::string>& names) {
  if (names.empty()) return;
  const std::vector<std::string> shown(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kGapsNamed)));
  const auto more = names.size() - shown.size();
  gaps.push_back(fmt::format("{}: {}{}", what, listed(shown), more > 0 ? fmt::format(" and {} more", more) : ""));
}

}  // namespace

Clone::Clone(const CloneRequest& request, TargetReader& reader) {
  const int target_major = reader.server().major();
  start(request, target_major);
  copy_roles(reader);
  create_database("clone", "template0");
  if (!load_dump(request, target_major)) {
    replay(request);
    note_missing(reader);
  }
  create_database("as_written", "clone");
  create_database("after_each", "clone");
  admin_.reset();
}

void Clone::start(const CloneRequest& request, int target_major) {
  const auto binaries = binaries_for(request.server_bin, target_major);
  binaries_ = binaries.directory;
  server_major_ = binaries.major;
  TemporaryServerOptions options;
  options.settings = {{"max_connections", "40"}, {"max_locks_per_transaction", "256"}};
  server_ = std::make_unique<TemporaryServer>(binaries, options);
  admin_ = connected(server_->url());
  if (server_major_ != target_major) {
    gaps_.push_back(fmt::format("the clone is PostgreSQL {}, the target {}", server_major_, target_major));
  }
}

void Clone::copy_roles(TargetReader& reader) {
  const auto attempt = [&](const std::string& statement) {
    try {
      admin_->run(statement);
    } catch (const ServerError& error) {
      // It is there already, or this version cannot make it; SQL that names it will say so.
      if (error.connection_lost()) throw;
    }
  };
  for (const auto& role : role_names(reader)) attempt("CREATE ROLE " + sql::quote_identifier(role));
  attempt("SET allow_in_place_tablespaces = on");
  for (const auto& tablespace : tablespace_names(reader)) {
    attempt(fmt::format("CREATE TABLESPACE {} LOCATION ''", sql::quote_identifier(tablespace)));
  }
}

void Clone::create_database(const std::string& name, const std::string& original) {
  admin_->run(fmt::format("CREATE DATABASE {} TEMPLATE {}", name, original));
}

bool Clone::load_dump(const CloneRequest& request, int target_major) {
  const auto program = find_pg_dump({binaries_}, target_major);
  if (!program) {
    gaps_.push_back(fmt::format(
        "there is no pg_dump for PostgreSQL {} here, so only what revisions made is in the clone", target_major));
    return false;
  }
  const auto dump = dump_schema(*program, request.target.conninfo, request.target.lock_timeout);
  if (dump.sql.empty()) {
    gaps_.push_back(fmt::format("only what revisions made is in the clone: {}", dump.why));
    return false;
  }
  const auto script = sql::split(dump.sql, "the schema of the target");
  auto session = connected(server_->url("clone"));
  std::vector<std::string> failed;
  for (const auto& statement : script.statements) {
    try {
      session->run(script.text_of(statement));
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      // Every database has it.
      if (error.sqlstate() != "42P06") failed.push_back(error.info().message);
    }
  }
  add_gaps(gaps_, "could not be copied", failed);
  origin_ = CloneOrigin::dump;
  return true;
}

void Clone::replay(const CloneRequest& request) {
  origin_ = CloneOrigin::replay;
  Plan plan;
  std::vector<RevisionIndex> revisions;
  std::vector<std::string> unknown;
  for (const auto& row : request.rows) {
    if (!row.settled()) continue;
    if (const auto index = request.graph.find(row.id)) {
      revisions.push_back(*index);
    } else {
      unknown.push_back(row.id.text());
    }
  }
  add_gaps(gaps_, "revisions without files", unknown);
  std::sort(revisions.begin(), revisions.end(),
            [&](auto left, auto right) { return request.graph.rank(left) < request.graph.rank(right); });
  for (const auto index : revisions) {
    const auto& migration = request.graph.migration(index);
    plan.steps.push_back({.id = migration.id, .migration = &migration, .row = std::nullopt});
  }
  if (plan.empty()) return;
  RunOptions options;
  options.conninfo = server_->url("clone");
  options.version_schema = request.target.version_schema;
  options.agreed = request.target.agreed;
  options.identity.run_id = "00000000-0000-4000-8000-000000000000";
  options.identity.command = "dry-run";
  options.identity.application = std::string(kApplication);
  options.identity.tool_version = std::string(program_version());
  Silence silence;
  Executor executor(std::move(options), request.clock, silence);
  try {
    executor.run([&](Session&, const LedgerState& state) {
      Plan left;
      for (const auto& step : plan.steps) {
        const bool done = std::any_of(state.rows.begin(), state.rows.end(),
                                      [&](const AppliedRevision& row) { return row.id == step.id; });
        if (!done) left.steps.push_back(step);
      }
      return left;
    });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::terminated) throw;
    gaps_.push_back(fmt::format("the applied revisions do not run once more: {}", error.info().message));
  }
}

void Clone::note_missing(TargetReader& reader) {
  std::vector<std::string> missing;
  {
    auto session = connected(server_->url("clone"));
    TargetReader clone(*session, Milliseconds{60'000});
    const auto there = relation_names(clone);
    for (const auto& name : relation_names(reader)) {
      if (std::find(there.begin(), there.end(), name) == there.end()) missing.push_back(name);
    }
  }
  add_gaps(gaps_, "relations of the target that are not in the clone", missing);
}

}  // namespace dbmigrate
