// One transaction, savepoint after savepoint.
// SPDX-License-Identifier: Apache-2.0
#include "health/health_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

using Clock = std::chrono::steady_clock;

/// Less would end what only goes on to the next check.
constexpr std::chrono::milliseconds kLeastTimeout{100};

/// With it go the settings that a check has made.
constexpr std::string_view kEndOfCheck = "ROLLBACK TO SAVEPOINT dbmigrate_check; RELEASE SAVEPOINT dbmigrate_check";

bool beyond(const ChosenCheck& chosen, const std::optional<double>& limit, double value) {
  if (!limit) return false;
  return chosen.check->side == HealthSide::above ? value > *limit : value < *limit;
}

HealthStatus judged(const ChosenCheck& chosen, double value) {
  if (beyond(chosen, chosen.critical, value)) return HealthStatus::critical;
  return beyond(chosen, chosen.warning, value) ? HealthStatus::warning : HealthStatus::ok;
}

/// The worst of what was measured, whether it is an alarm or not.
std::optional<double> worst_value(const ChosenCheck& chosen, const std::vector<HealthFinding>& findings) {
  std::optional<double> worst;
  for (const auto& one : findings) {
    if (!one.value) continue;
    const bool takes = !worst || (chosen.check->side == HealthSide::above ? *one.value > *worst : *one.value < *worst);
    if (takes) worst = one.value;
  }
  return worst;
}

class Running {
 public:
  Running(Session& session, const HealthSubject& subject, const HealthSectionOfFile& settings,
          const HealthLimits& limits)
      : session_(session), subject_(subject), settings_(settings), limits_(limits) {}

  HealthReport run() {
    const auto start = Clock::now();
    const auto chosen = chosen_checks(settings_);
    for (const auto& one : settings_.suppressions)
      report_.suppressions.push_back({&one, SuppressionState::Use::not_looked});
    // Before the snapshot is taken: an index that is finished between the two would be invalid in the one and no
    // longer being built in the other.
    auto built_before = read_builds(session_).tables;
    begin();
    session_.run("SAVEPOINT dbmigrate_check");
    Probe probe(session_, subject_, std::move(built_before));
    session_.run(kEndOfCheck);
    report_.server_time = probe.server_time();
    for (const auto& one : chosen) look_with(probe, one);
    if (session_.status() != TransactionStatus::lost) end();
    for (const auto& one : report_.checks) report_.status = worse(report_.status, one.status);
    report_.took = std::chrono::duration_cast<Milliseconds>(Clock::now() - start);
    return std::move(report_);
  }

 private:
  void begin() {
    auto sql = fmt::format(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = "
        "{};"
        " SET LOCAL idle_in_transaction_session_timeout = 60000; SET LOCAL jit = off",
        limits_.lock_timeout.count(), limits_.statement_timeout.count());
    if (session_.server().pooled && !subject_.role.empty()) {
      sql += "; SET LOCAL ROLE " + sql::quote_identifier(subject_.role);
    }
    session_.run(sql);
  }

  /// Nothing of the transaction is worth keeping.
  void end() {
    try {
      session_.run("ROLLBACK");
    } catch (const ServerError& error) {
      if (!error.connection_lost()) throw;
    }
  }

  [[nodiscard]] bool is_over() const { return limits_.until && Clock::now() >= *limits_.until; }

  [[nodiscard]] long statement_timeout() const {
    if (!limits_.until) return static_cast<long>(limits_.statement_timeout.count());
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*limits_.until - Clock::now());
    return static_cast<long>(
        std::clamp<std::chrono::milliseconds>(left, kLeastTimeout, limits_.statement_timeout).count());
  }

  void look_with(Probe& probe, const ChosenCheck& chosen) {
    auto& outcome = report_.checks.emplace_back(
        CheckOutcome{.chosen = chosen, .says = {}, .fix = {}, .findings = {}, .suppressed = {}, .value = {}});
    if (out_of_time_ || is_over()) return not_reached(outcome);
    if (chosen.check->need == HealthNeed::statistics && !probe.sees_statistics()) {
      unknown(outcome, "the role may not see what other sessions do",
              fmt::format("GRANT pg_monitor TO {};", probe.user()));
      return suppress(outcome, probe.server_day());
    }
    try {
      look_within_savepoint(probe, outcome);
    } catch (const ServerError& error) {
      if (!error.connection_lost() || !is_over()) throw;
      out_of_time_ = true;
      not_reached(outcome);
    }
    suppress(outcome, probe.server_day());
  }

  void look_within_savepoint(Probe& probe, CheckOutcome& outcome) {
    session_.run(fmt::format("SAVEPOINT dbmigrate_check; SET LOCAL statement_timeout = {}", statement_timeout()));
    try {
      judge(outcome, outcome.chosen.check->look(probe));
    } catch (const CannotTell& reason) {
      unknown(outcome, reason.why, reason.fix);
    } catch (const ServerError& error) {
      if (error.connection_lost()) throw;
      refused(outcome, probe, error);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::terminated) throw;
      unknown(outcome, error.info().message, error.info().hint);
    }
    session_.run(kEndOfCheck);
  }

  static void refused(CheckOutcome& outcome, const Probe& probe, const ServerError& error) {
    std::string fix;
    if (error.sqlstate() == "42501") {
      const auto schema = sql::quote_identifier(probe.subject().version_schema);
      fix = fmt::format("GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO {1};", schema,
                        probe.user());
    }
    if (error.sqlstate() == "55P03") {
      fix = "Look again: somebody holds a lock that keeps everybody away; the check `blocked` and pg_locks say who.";
    }
    unknown(outcome, fmt::format("{} (SQLSTATE {})", message_without_values(error.info()), error.sqlstate()),
            std::move(fix));
  }

  static void unknown(CheckOutcome& outcome, std::string why, std::string fix) {
    outcome.status = HealthStatus::unknown;
    outcome.says = std::move(why);
    outcome.fix = std::move(fix);
  }

  static void not_reached(CheckOutcome& outcome) {
    unknown(outcome, "not reached in time", "Give more time with --timeout.");
  }

  /// Takes away what the settings file has a reason for.
  void suppress(CheckOutcome& outcome, const std::string& day) {
    for (auto& state : report_.suppressions) {
      const auto& suppression = *state.suppression;
      if (suppression.check != outcome.chosen.check->id) continue;
      if (!suppression.until.empty() && suppression.until < day) {
        state.use = SuppressionState::Use::expired;
        continue;
      }
      const bool whole = suppression.object.empty() || suppression.object == "*";
      if (outcome.status == HealthStatus::unknown && outcome.findings.empty()) {
        if (!whole) continue;
        state.use = SuppressionState::Use::used;
        outcome.suppressed.push_back({.object = outcome.chosen.check->id,
                                      .detail = outcome.says,
                                      .fix = outcome.fix,
                                      .status = HealthStatus::unknown});
        outcome.status = HealthStatus::ok;
        outcome.says.clear();
        outcome.fix.clear();
        continue;
      }
      state.use = take(outcome, suppression) ? SuppressionState::Use::used : SuppressionState::Use::unused;
    }
  }

  static bool take(CheckOutcome& outcome, const HealthSuppression& suppression) {
    const auto begin =
        std::stable_partition(outcome.findings.begin(), outcome.findings.end(),
                              [&](const HealthFinding& one) { return !suppresses(suppression.object, one.object); });
    if (begin == outcome.findings.end()) return false;
    std::move(begin, outcome.findings.end(), std::back_inserter(outcome.suppressed));
    outcome.findings.erase(begin, outcome.findings.end());
    outcome.status = HealthStatus::ok;
    for (const auto& one : outcome.findings) {
      outcome.status = worse(outcome.status, one.status.value_or(HealthStatus::ok));
    }
    if (outcome.findings.empty()) outcome.says.clear();
    return true;
  }

  Session& session_;
  const HealthSubject& subject_;
  const HealthSectionOfFile& settings_;
  const HealthLimits& limits_;
  HealthReport report_;
  bool out_of_time_ = false;
};

}  // namespace

void judge(CheckOutcome& outcome, Look look) {
  const auto& chosen = outcome.chosen;
  const bool counted = chosen.check->unit == HealthUnit::objects;
  outcome.says = std::move(look.says);
  outcome.value =
      counted ? std::optional<double>(static_cast<double>(look.findings.size())) : worst_value(chosen, look.findings);
  const auto by_count = counted ? judged(chosen, *outcome.value) : HealthStatus::ok;
  for (auto& one : look.findings) {
    auto status = one.value ? judged(chosen, *one.value) : by_count;
    if (!counted && !one.value && !one.status) status = chosen.check->severity;
    if (one.status) status = one.value ? worse(status, *one.status) : *one.status;
    if (status == HealthStatus::ok) continue;
    one.status = status;
    outcome.status = worse(outcome.status, status);
    outcome.findings.push_back(std::move(one));
  }
}

std::string CheckOutcome::message() const {
  if (status == HealthStatus::unknown && findings.empty()) return says;
  if (findings.empty()) return says.empty() ? std::string("ok") : says;
  constexpr std::size_t kShown = 3;
  std::string text = says;
  for (std::size_t i = 0; i < std::min(findings.size(), kShown); ++i) {
    text += fmt::format("{}{} {}", text.empty() ? "" : (i == 0 ? ": " : "; "), findings[i].object, findings[i].detail);
  }
  if (findings.size() > kShown) text += fmt::format("; and {} more", findings.size() - kShown);
  return text;
}

std::size_t HealthReport::count(HealthStatus wanted) const {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(), [&](const CheckOutcome& one) { return one.status == wanted; }));
}

HealthReport run_health(Session& session, const HealthSubject& subject, const HealthSectionOfFile& settings,
                        const HealthLimits& limits) {
  return Running(session, subject, settings, limits).run();
}

}  // namespace dbmigrate
