// Facts, read lazily and kept.
// SPDX-License-Identifier: Apache-2.0
#include "health/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "catalog/dated_names.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kOwnPath = "SET LOCAL search_path = pg_catalog, pg_temp; ";

std::optional<std::size_t> column_named(const Result& result, std::string_view name) {
  const auto found = std::find(result.columns.begin(), result.columns.end(), name);
  if (found == result.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - result.columns.begin());
}

std::string text_in(const Result& result, std::size_t row, std::string_view name) {
  const auto column = column_named(result, name);
  return column ? result.text(row, *column) : "";
}

std::optional<HealthStatus> status_named(const std::string& name) {
  for (const auto status : {HealthStatus::ok, HealthStatus::warning, HealthStatus::critical, HealthStatus::unknown}) {
    if (name_of(status) == name) return status;
  }
  return std::nullopt;
}

double seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

Probe::Probe(Session& session, const HealthSubject& subject, std::set<std::string> built_before)
    : session_(session), subject_(subject), built_before_(std::move(built_before)) {
  const double before = seconds_of(subject.now());
  const auto facts =
      ask("SELECT extract(epoch FROM clock_timestamp()), to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD'),"
          " pg_has_role('pg_read_all_stats', 'USAGE'), quote_ident(current_user)");
  const double after = seconds_of(subject.now());
  server_time_ = std::strtod(facts.text(0, 0).c_str(), nullptr);
  server_day_ = facts.text(0, 1);
  sees_statistics_ = facts.text(0, 2) == "t";
  user_ = facts.text(0, 3);
  clock_difference_ = std::max(0.0, std::abs(server_time_ - (before + after) / 2) - std::max(0.0, after - before) / 2);
}

bool Probe::is_selected(const RevisionId& id) const {
  return std::find(subject_.branches.begin(), subject_.branches.end(), id.branch) != subject_.branches.end();
}

Result Probe::ask(std::string_view sql) {
  auto results = session_.run(std::string(kOwnPath) + std::string(sql));
  return results.empty() ? Result{} : std::move(results.back());
}

Result Probe::ask_of_ours(std::string_view sql) {
  return ask(fmt::format(R"(WITH ours AS MATERIALIZED (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname <> {} AND nspname <> 'information_schema' AND nspname !~ '^pg_'),
member AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e')
{})",
                         sql::quote_literal(subject_.version_schema), sql));
}

template <class T, class Read>
const T& Probe::once(Once<T>& fact, Read read) {
  if (fact.failure) std::rethrow_exception(fact.failure);
  if (!fact.value) {
    try {
      fact.value.emplace(read());
    } catch (...) {
      fact.failure = std::current_exception();
      throw;
    }
  }
  return *fact.value;
}

const LedgerState& Probe::ledger() {
  return once(ledger_, [this] { return Ledger(session_, subject_.version_schema).read(); });
}

const std::vector<BackfillRow>& Probe::backfills() {
  return once(backfills_, [this] {
    auto rows = BackfillRows(session_, subject_.version_schema).all();
    std::erase_if(rows, [this](const BackfillRow& row) { return !is_selected(row.id.revision); });
    return rows;
  });
}

const std::set<std::string>& Probe::live_runs() {
  return once(live_runs_, [this] {
    const auto rows =
        ask("SELECT DISTINCT substr(application_name, 11, 8) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND application_name ~ '^dbmigrate [0-9a-f]{8}( lock)?$'");
    std::set<std::string> runs;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) runs.insert(rows.text(i, 0));
    return runs;
  });
}

bool Probe::is_live(const std::string& run_id) { return live_runs().contains(run_id.substr(0, 8)); }

const ExpectedAndLive& Probe::expected() {
  return once(expected_, [this] { return read_expected(); });
}

ExpectedAndLive Probe::read_expected() {
  const auto& rows = ledger().rows;
  ExpectedAndLive both{.state = expected_state(subject_.graph, rows), .live = {}, .comparison = {}, .unknown = {}};
  for (const auto& one : both.state.unknown) {
    if (!is_selected(one.id)) {
      both.others_unknown = true;
      continue;
    }
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& other) { return other.id == one.id; });
    if (row != rows.end() && row->state == RevisionState::in_progress && is_live(row->run_id)) {
      both.at_work = true;
    } else {
      both.unknown.push_back(one);
    }
  }
  both.live = read_snapshot(session_, subject_.version_schema);
  both.comparison = compare(both.state.catalog, both.live);
  return both;
}

const ExpectedObject* Probe::expected_object(const ObjectKey& key) {
  const auto& objects = expected().state.catalog.objects;
  const auto found = objects.find(key);
  return found == objects.end() ? nullptr : &found->second;
}

std::string Probe::expected_property(const ObjectKey& key, const std::string& property) {
  try {
    const auto* object = expected_object(key);
    if (object == nullptr) return "";
    const auto found = object->properties.find(property);
    return found == object->properties.end() ? "" : found->second.text;
  } catch (const ServerError& error) {
    if (error.connection_lost()) throw;
    return "";
  } catch (const Error&) {
    return "";  // its own check tells
  }
}

bool Probe::is_expected(ObjectKind kind, const std::string& identity) {
  return expected_object({kind, identity}) != nullptr;
}

bool Probe::counts(const std::string& relation) {
  const auto& others = once(others_, [this] {
    std::set<std::string> names;
    try {
      const auto& both = expected();
      for (const auto& [key, object] : both.state.catalog.objects) {
        const bool is_relation = key.kind == ObjectKind::table || key.kind == ObjectKind::foreign_table ||
                                 key.kind == ObjectKind::view || key.kind == ObjectKind::materialized_view;
        if (is_relation && !object.by.branch.empty() && !is_selected(object.by)) {
          names.insert(with_days(key.identity, both.live.dated_names));
        }
      }
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
    } catch (const Error&) {
      // Whose a relation is then nobody knows, and all of them count.
    }
    return names;
  });
  return !others.contains(relation);
}

const Probe::Builds& Probe::builds() {
  return once(builds_, [this] {
    auto builds = read_builds(session_);
    builds.tables.insert(built_before_.begin(), built_before_.end());
    return builds;
  });
}

Probe::Builds read_builds(Session& session) {
  const auto results = session.run(
      "SELECT CASE WHEN n.oid IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) END, p.relid IS NULL"
      " FROM pg_catalog.pg_stat_progress_create_index p"
      " LEFT JOIN pg_catalog.pg_class c ON c.oid = p.relid"
      " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE p.datname = pg_catalog.current_database()");
  Probe::Builds builds;
  for (std::size_t i = 0; i < results.back().rows.size(); ++i) {
    if (results.back().text(i, 1) == "t") {
      builds.masked = true;
    } else {
      builds.tables.insert(results.back().text(i, 0));
    }
  }
  return builds;
}

std::vector<HealthFinding> findings_of(Probe& probe, const Result& result) {
  std::vector<HealthFinding> findings;
  for (std::size_t row = 0; row < result.rows.size(); ++row) {
    const auto relation = text_in(result, row, "relation");
    if (!relation.empty() && !probe.counts(relation)) continue;
    HealthFinding finding{.object = text_in(result, row, "object"),
                          .detail = text_in(result, row, "detail"),
                          .fix = text_in(result, row, "fix")};
    if (const auto value = text_in(result, row, "value"); !value.empty()) {
      finding.value = std::strtod(value.c_str(), nullptr);
    }
    finding.status = status_named(text_in(result, row, "status"));
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::string not_ours_sql() { return "a.application_name !~ '^dbmigrate [0-9a-f]{8}( lock)?$'"; }

}  // namespace dbmigrate
