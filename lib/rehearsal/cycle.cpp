// One revision after the other; a copy of the database for each.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/cycle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "rehearsal/cycle_comparison.hpp"
#include "rehearsal/cycle_group.hpp"
#include "rehearsal/dates.hpp"
#include "rehearsal/golden_rows.hpp"
#include "rehearsal/lineage.hpp"
#include "rehearsal/needs.hpp"
#include "rehearsal/table_rows.hpp"

namespace dbmigrate {
namespace {

using What = CycleDifference::What;
using When = CycleDifference::When;

/// What ends a cycle, and is no property of the revision.
bool ends_everything(const Error& error) {
  switch (error.code()) {
    case ErrorCode::interrupted:
    case ErrorCode::terminated:
    case ErrorCode::cannot_connect:
    case ErrorCode::out_of_resources:
    case ErrorCode::internal:
      return true;
    default:
      return false;
  }
}

std::string words_of(const Error& error) {
  const auto& info = error.info();
  std::string text = info.message;
  if (!info.sqlstate.empty()) text += fmt::format(" (SQLSTATE {})", info.sqlstate);
  if (info.at) text += fmt::format(", {}", info.at->text());
  return text;
}

std::string sql_of(const std::vector<Step>& steps) {
  std::string text;
  for (const auto& step : steps) text += (step.sql() != nullptr ? step.sql()->text : step.backfill()->sql.text) + '\n';
  return text;
}

std::string counted(long count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// What the fixture lets pass, and whether that has been of use.
class Allowances {
 public:
  explicit Allowances(const Fixture* fixture) {
    if (fixture != nullptr) all_ = fixture->allowances;
  }

  /// Columns that may differ, by table.
  [[nodiscard]] TableColumns columns() const {
    TableColumns columns;
    for (const auto& one : all_) {
      if (one.kind != RowAllowance::Kind::differs) continue;
      const auto dot = one.object.rfind('.');
      columns[one.object.substr(0, dot)].push_back(one.object.substr(dot + 1));
    }
    return columns;
  }
  [[nodiscard]] const RowAllowance* rows_left(const std::string& table) const {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const RowAllowance& one) {
      return one.kind == RowAllowance::Kind::rows_left && one.object == table;
    });
    return found == all_.end() ? nullptr : &*found;
  }
  [[nodiscard]] const std::vector<RowAllowance>& all() const { return all_; }

 private:
  std::vector<RowAllowance> all_;
};

CycleDifference rows_difference(When when, const RowDifference& rows) {
  CycleDifference result{
      .when = when, .what = What::rows_lost, .difference = {}, .object = "table " + rows.table, .text = {}};
  if (rows.gone == 0) {
    result.what = What::rows_left;
    result.text = fmt::format("{} left over", counted(rows.left, "row is", "rows are"));
  } else if (rows.left == 0) {
    result.text = fmt::format("{} of {} gone", counted(rows.gone, "row", "rows"), rows.before);
  } else {
    std::string columns;
    for (const auto& column : rows.columns) columns += (columns.empty() ? "" : ", ") + column;
    result.text = fmt::format("{} of {} with other values{}{}", counted(rows.gone, "row", "rows"), rows.before,
                              columns.empty() ? "" : " in ", columns);
    if (rows.left != rows.gone)
      result.text += fmt::format(", {} there that were not", counted(rows.left, "row", "rows"));
  }
  return result;
}

CycleVerdict verdict_of(const CycledRevision& revision) {
  const auto has = [&](What what) {
    return std::any_of(revision.differences.begin(), revision.differences.end(),
                       [&](const CycleDifference& one) { return one.what == what; });
  };
  const bool down_failed =
      std::any_of(revision.differences.begin(), revision.differences.end(), [](const CycleDifference& one) {
        return one.what == What::failure && (one.when == When::downgrade || one.when == When::adopted_downgrade);
      });
  if (down_failed) return CycleVerdict::down_fails;
  if (!revision.group.empty()) return CycleVerdict::group;
  for (const auto what : {What::object, What::rows_lost, What::row_count, What::golden_rows}) {
    if (has(what)) return CycleVerdict::differs;
  }
  if (has(What::rows_left)) return CycleVerdict::rows_left;
  if (has(What::failure)) return CycleVerdict::up_again_fails;
  if (has(What::clock)) return CycleVerdict::clock;
  return has(What::order) ? CycleVerdict::order_only : CycleVerdict::restores;
}

class Cycle {
 public:
  Cycle(RehearsalServer& server, const RevisionGraph& graph, const CycleOptions& options)
      : server_(server),
        graph_(graph),
        options_(options),
        lineage_(server, graph, options.running, options.fixtures),
        bare_(server, graph, options.running, nullptr) {}

  CycledRevision run(RevisionIndex revision, std::size_t number, std::size_t total) {
    const auto started = server_.clock().now();
    const auto& migration = graph_.migration(revision);
    result_ = CycledRevision{};
    result_.id = migration.id;
    result_.held = !migration.hold.empty();
    now_ = {.id = migration.id, .stage = "", .number = number, .total = total};
    if (const auto need = lineage_.skipped_need(revision)) {
      skip(revision, fmt::format("It builds on {}, which {}.", graph_.migration(*need).id.text(),
                                 stuck_.contains(*need) ? "does not run once more" : "is skipped"));
    } else {
      go_round(revision);
    }
    result_.took = std::chrono::duration_cast<Milliseconds>(server_.clock().now() - started);
    return std::move(result_);
  }

 private:
  void go_round(RevisionIndex revision) {
    stage("up");
    auto& base = lineage_.before(revision);
    const auto start = look(base);
    starts_.insert_or_assign(revision, start);
    auto work = std::make_unique<RehearsalDatabase>(base);
    const auto day = work->session().query("SELECT to_char(now(), 'YYYY-MM-DD')").text(0, 0);
    const auto state = work->try_upgrade(revision);
    if (state == "skipped") return skip(revision, "A requirement with `otherwise: skip` is not met.");
    result_.ways.emplace_back(state == "adopted" ? "adopted" : "run");
    const auto up = look(*work);
    tell_the_clock(revision, start, up, day);
    const auto& migration = graph_.migration(revision);
    if (migration.adopts && state != "adopted") adopt(revision, *work);
    try_golden(revision);
    if (migration.irreversible.empty()) {
      there_and_back(revision, base, *work, start, up);
      result_.verdict = verdict_of(result_);
    } else {
      result_.verdict = verdict_of(result_);
      if (passes(result_.verdict)) result_.verdict = CycleVerdict::irreversible;
      result_.notes.push_back(fmt::format("It says: {}.", migration.irreversible));
    }
    if (passes(result_.verdict)) {
      lineage_.replace(revision, std::move(work));
    } else {
      work.reset();
      go_on_without(revision);
    }
  }

  /// The copy is no place to go on from: the revision runs once more where nothing was undone. What it made for the
  /// whole server, a role for one, may stand in its way there as well.
  void go_on_without(RevisionIndex revision) {
    try {
      lineage_.advance(revision);
    } catch (const Error& error) {
      if (ends_everything(error)) throw;
      lineage_.skip(revision);
      stuck_.insert(revision);
      result_.notes.push_back(
          fmt::format("What builds on it is not cycled: it does not run once more ({}).", words_of(error)));
    }
  }

  void skip(RevisionIndex revision, std::string why) {
    lineage_.skip(revision);
    result_.verdict = CycleVerdict::skipped;
    result_.notes.push_back(std::move(why));
  }

  void there_and_back(RevisionIndex revision, RehearsalDatabase& base, RehearsalDatabase& work, const CycleState& start,
                      const CycleState& up) {
    stage("down");
    if (!go_down(work, revision, When::downgrade)) return;
    const auto down = snapshot(work);
    add_catalog(When::downgrade, start.catalog, down);
    add_rows(revision, When::downgrade, base, start.catalog, work, down);
    if (std::any_of(result_.differences.begin(), result_.differences.end(), is_left_by_downgrade)) {
      const CycleGroupSearch search{.graph = graph_, .starts = starts_, .up = up};
      result_.group = search.find(revision, work, result_.differences);
    }
    stage("up again");
    if (!succeeds(When::second_upgrade, [&] { work.try_upgrade(revision); })) return;
    const auto again = look(work);
    add_catalog(When::second_upgrade, up.catalog, again.catalog);
    add_counts(up, again);
  }

  /// Once more where everything that it makes is there already, with the rows of what builds on it.
  void adopt(RevisionIndex revision, RehearsalDatabase& upgraded) {
    stage("adopting");
    RehearsalDatabase host(upgraded);
    host.forget(revision);
    for (const auto child : graph_.children(revision)) {
      const auto* fixture = options_.fixtures == nullptr ? nullptr : options_.fixtures->of(child);
      if (fixture != nullptr) load_fixture(host.session(), *fixture);
    }
    RehearsalDatabase work(host);
    const auto before = snapshot(host);
    std::string state;
    if (!succeeds(When::adopting, [&] { state = work.try_upgrade(revision); })) return;
    result_.ways.emplace_back("adopted");
    if (state != "adopted") {
      add({.when = When::adopting,
           .what = What::failure,
           .difference = {},
           .object = {},
           .text = fmt::format("it is {} where everything that it makes is there already", state)});
      return;
    }
    add_catalog(When::adopting, before, snapshot(work));
    if (graph_.migration(revision).irreversible.empty() && !go_down(work, revision, When::adopted_downgrade)) return;
    const auto after = snapshot(work);
    add_catalog(When::adopted_downgrade, before, after);
    add_rows(revision, When::adopted_downgrade, host, before, work, after);
  }

  void try_golden(RevisionIndex revision) {
    if (!options_.contracts_after) return;
    auto effective = needs_of(graph_, revision);
    effective.push_back(revision);
    for (const auto* contract : options_.contracts_after(effective)) {
      if (contract->golden.empty() || contract->branch != result_.id.branch) continue;
      try {
        auto& below = bare_.before(revision);
        RehearsalDatabase database(below);
        if (database.try_upgrade(revision) == "skipped") return;
        for (const auto& outcome : try_golden_rows(database.session(), *contract)) add_golden(*contract, outcome);
      } catch (const Error& error) {
        if (ends_everything(error)) throw;
        result_.notes.push_back(
            fmt::format("The golden rows of {} were not tried: {}.", contract->text(), words_of(error)));
      }
    }
  }

  void add_golden(const Contract& contract, const GoldenOutcome& outcome) {
    if (outcome.problems.empty()) return;
    std::string text = fmt::format("\"{}\" does not hold", outcome.name);
    for (const auto& problem : outcome.problems) text += "\n" + problem;
    add({.when = When::upgrade,
         .what = What::golden_rows,
         .difference = {},
         .object = fmt::format("contract {}", contract.text()),
         .text = std::move(text)});
  }

  /// With consent only where the downgrade asks for it: what it loses then is for the comparison to say.
  bool go_down(RehearsalDatabase& database, RevisionIndex revision, When when) {
    return succeeds(when, [&] {
      try {
        database.downgrade(revision);
      } catch (const Error& error) {
        if (error.code() != ErrorCode::data_loss) throw;
        result_.notes.push_back(fmt::format("It asks for --allow-data-loss: {}", error.info().detail));
        database.downgrade(revision, RowsAtStake::let_go);
      }
    });
  }

  bool succeeds(When when, const std::function<void()>& work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      if (ends_everything(error)) throw;
      add({.when = when, .what = What::failure, .difference = {}, .object = {}, .text = words_of(error)});
      return false;
    }
  }

  void tell_the_clock(RevisionIndex revision, const CycleState& start, const CycleState& up, const std::string& day) {
    for (const auto& key :
         made_by_the_clock(start.catalog, up.catalog, spellings_of_day(day), sql_of(graph_.migration(revision).up))) {
      add({.when = When::upgrade,
           .what = What::clock,
           .difference = {},
           .object = key.text(),
           .text = "has the day on which the revision runs in it"});
    }
  }

  void add_catalog(When when, const Snapshot& before, const Snapshot& after) {
    const auto compared = compare_catalogs(before, after);
    const auto add_all = [&](What what, const std::vector<Difference>& differences) {
      for (const auto& one : differences) {
        add({.when = when, .what = what, .difference = one, .object = one.object.key.text(), .text = {}});
      }
    };
    add_all(What::object, compared.differences);
    add_all(What::order, compared.order);
    add_all(What::clock, compared.clock);
  }

  void add_rows(RevisionIndex revision, When when, RehearsalDatabase& before, const Snapshot& catalog_before,
                RehearsalDatabase& after, const Snapshot& catalog_after) {
    const Allowances allowed(options_.fixtures == nullptr ? nullptr : options_.fixtures->of(revision));
    TableReader left(before.session(), catalog_before);
    TableReader right(after.session(), catalog_after);
    const auto tables_before = columns_of_tables(catalog_before);
    const auto tables_after = columns_of_tables(catalog_after);
    std::set<std::string> left_over;
    for (const auto& rows : compare_rows(left, tables_before, right, tables_after, allowed.columns())) {
      auto difference = rows_difference(when, rows);
      const auto* allowance = difference.what == What::rows_left ? allowed.rows_left(rows.table) : nullptr;
      if (allowance == nullptr) {
        add(std::move(difference));
      } else {
        left_over.insert(rows.table);
        result_.notes.push_back(
            fmt::format("Allowed: {}, {}: {}.", difference.object, difference.text, allowance->reason));
      }
    }
    if (when != When::downgrade) return;
    for (const auto& one : allowed.all()) {
      if (one.kind != RowAllowance::Kind::rows_left || left_over.contains(one.object)) continue;
      result_.notes.push_back(fmt::format("Allowed, but not so: rows are left over in {}.", one.object));
    }
    note_columns_apart(allowed, left, right);
  }

  /// An allowance says what it let pass, or that there was nothing.
  void note_columns_apart(const Allowances& allowed, TableReader& before, TableReader& after) {
    for (const auto& one : allowed.all()) {
      if (one.kind != RowAllowance::Kind::differs) continue;
      const auto dot = one.object.rfind('.');
      const auto table = one.object.substr(0, dot);
      const std::vector<std::string> column{one.object.substr(dot + 1)};
      const bool there = before.has(table, column.front()) && after.has(table, column.front());
      const bool needed = there && before.digest(table, column) != after.digest(table, column);
      result_.notes.push_back(needed ? fmt::format("Allowed: the values of {} differ: {}.", one.object, one.reason)
                                     : fmt::format("Allowed, but not so: the values of {} differ.", one.object));
    }
  }

  void add_counts(const CycleState& first, const CycleState& second) {
    for (const auto& [table, rows] : first.rows) {
      const auto found = second.rows.find(table);
      if (found == second.rows.end() || found->second.rows == rows.rows) continue;
      add({.when = When::second_upgrade,
           .what = What::row_count,
           .difference = {},
           .object = "table " + table,
           .text = fmt::format("{} after the first upgrade, {} after the second", counted(rows.rows, "row", "rows"),
                               found->second.rows)});
    }
  }

  Snapshot snapshot(RehearsalDatabase& database) {
    return read_snapshot(database.session(), database.version_schema());
  }

  CycleState look(RehearsalDatabase& database) {
    CycleState state{.catalog = snapshot(database), .rows = {}};
    TableReader reader(database.session(), state.catalog);
    for (const auto& [table, columns] : columns_of_tables(state.catalog)) {
      state.rows.emplace(table, reader.digest(table, columns));
    }
    return state;
  }

  void add(CycleDifference difference) { result_.differences.push_back(std::move(difference)); }

  void stage(std::string_view stage) {
    now_.stage = stage;
    if (options_.progress) options_.progress(now_);
  }

  RehearsalServer& server_;
  const RevisionGraph& graph_;
  const CycleOptions& options_;
  Lineage lineage_;
  Lineage bare_;  ///< without rows, for those of contracts
  CycleStates starts_;
  std::set<RevisionIndex> stuck_;  ///< those that do not run once more
  CycledRevision result_;
  CycleProgress now_;
};

}  // namespace

std::vector<CycledRevision> cycle(RehearsalServer& server, const RevisionGraph& graph,
                                  std::vector<RevisionIndex> revisions, const CycleOptions& options) {
  std::sort(revisions.begin(), revisions.end(),
            [&](auto left, auto right) { return graph.rank(left) < graph.rank(right); });
  Cycle one_by_one(server, graph, options);
  std::vector<CycledRevision> cycled;
  for (const auto revision : revisions) {
    cycled.push_back(one_by_one.run(revision, cycled.size() + 1, revisions.size()));
    if (options.finished) options.finished(cycled.back());
  }
  return cycled;
}

}  // namespace dbmigrate
