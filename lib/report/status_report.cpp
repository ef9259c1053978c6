// Branches, a line each, and what of them is not applied.
// SPDX-License-Identifier: Apache-2.0
#include "report/status_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/json.hpp"

namespace dbmigrate {
namespace {

constexpr std::size_t kMostApplied = 20;  ///< per branch; -v shows all

Json names(const std::vector<RevisionId>& ids) {
  Json list = Json::array();
  for (const auto& id : ids) list.push_back(id.name);
  return list;
}

Json json_of(const BranchStatus& branch) {
  Json held = Json::array();
  for (const auto& one : branch.held) held.push_back(one.id.name);
  return {{"branch", branch.branch},          {"current", names(branch.current)},
          {"heads", names(branch.heads)},     {"applied", names(branch.applied)},
          {"pending", names(branch.pending)}, {"held", std::move(held)},
          {"skipped", names(branch.skipped)}, {"in_progress", names(branch.in_progress)},
          {"unknown", names(branch.unknown)}};
}

using Gone = std::vector<GoneRevision>;

bool is_gone(const Gone& gone, const RevisionId& id) {
  return std::any_of(gone.begin(), gone.end(), [&](const GoneRevision& one) { return one.row.id == id; });
}

Json gone_of(const BranchStatus& branch, const Gone& gone) {
  Json list = Json::array();
  for (const auto& id : branch.applied) {
    if (is_gone(gone, id)) list.push_back(id.name);
  }
  return list;
}

void fill(Report& report, const std::vector<BranchStatus>& branches, const Gone* gone) {
  Json list = Json::array();
  for (const auto& branch : branches) {
    auto one = json_of(branch);
    if (gone != nullptr) one["gone"] = gone_of(branch, *gone);
    list.push_back(std::move(one));
  }
  report.result()["branches"] = std::move(list);
}

bool is_held(const BranchStatus& branch, const RevisionId& id) {
  return std::any_of(branch.held.begin(), branch.held.end(), [&](const HeldRevision& one) { return one.id == id; });
}

/// Pending ones that no hold stands before.
std::size_t free_to_run(const BranchStatus& branch) {
  std::size_t count = 0;
  for (const auto& id : branch.pending) {
    if (is_held(branch, id)) break;
    ++count;
  }
  return count;
}

std::string place(const BranchStatus& branch) {
  const bool clean = branch.skipped.empty() && branch.in_progress.empty() && branch.unknown.empty();
  if (!branch.in_progress.empty()) return "in progress";
  if (!branch.unknown.empty()) return "not the files' history";
  if (branch.current.empty()) return "base";
  if (branch.pending.empty() && clean) return "head";
  if (free_to_run(branch) == 0 && !branch.held.empty() && clean)
    return fmt::format("head ({} held)", branch.held.size());
  return "behind head";
}

const AppliedRevision* row_of(const std::vector<AppliedRevision>& rows, const RevisionId& id) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& one) { return one.id == id; });
  return row == rows.end() ? nullptr : &*row;
}

void add_row(Table& table, const std::vector<AppliedRevision>& rows, const RevisionId& id, std::string state,
             Tone tone) {
  const auto* row = row_of(rows, id);
  std::string when = row != nullptr ? row->applied_at : "";
  std::string note = row != nullptr ? duration_for_people(row->took) : "";
  if (row != nullptr && row->state == RevisionState::in_progress) {
    note = fmt::format("{}, {} of {} steps", name_of(row->direction), row->steps_done, row->steps_total);
  }
  table.add({Cell("  " + id.name), Cell(std::move(state), tone), Cell(std::move(when)), Cell(std::move(note))});
}

void add_rows(const Report& report, Table& table, const BranchStatus& branch, const std::vector<AppliedRevision>& rows,
              const Gone& gone) {
  const bool all = report.verbosity() == Verbosity::verbose || branch.applied.size() <= kMostApplied;
  const std::size_t hidden = all ? 0 : branch.applied.size() - kMostApplied;
  if (hidden > 0) table.add({Cell(fmt::format("  … and {} before (-v shows them)", hidden), Tone::faint)});
  for (std::size_t i = hidden; i < branch.applied.size(); ++i) {
    if (is_gone(gone, branch.applied[i])) {
      add_row(table, rows, branch.applied[i], "gone", Tone::bad);
      continue;
    }
    const auto* row = row_of(rows, branch.applied[i]);
    add_row(table, rows, branch.applied[i], std::string(row != nullptr ? name_of(row->state) : "applied"), Tone::good);
  }
  for (const auto& id : branch.in_progress) add_row(table, rows, id, "in progress", Tone::bad);
  for (const auto& id : branch.skipped) add_row(table, rows, id, "skipped", Tone::warning);
  for (const auto& id : branch.pending) {
    add_row(table, rows, id, is_held(branch, id) ? "held" : "pending", Tone::warning);
  }
  for (const auto& id : branch.unknown) add_row(table, rows, id, "unknown", Tone::bad);
}

void tell_gone(Report& report, const BranchStatus& branch, const Gone& gone) {
  constexpr std::size_t kMostNamed = 3;
  for (const auto& one : gone) {
    if (one.row.id.branch != branch.branch) continue;
    std::string names;
    for (std::size_t i = 0; i < std::min(kMostNamed, one.relations.size()); ++i) {
      names += (i == 0 ? "" : ", ") + one.relations[i];
    }
    if (one.relations.size() > kMostNamed) names += fmt::format(" and {} more", one.relations.size() - kMostNamed);
    report.line(
        fmt::format("  gone {}: it is recorded as {}, and nothing of it is there ({}); `dbmigrate repair` "
                    "settles it",
                    one.row.id.name, name_of(one.row.state), names));
  }
}

}  // namespace

bool has_pending(const std::vector<BranchStatus>& branches) {
  return std::any_of(branches.begin(), branches.end(), [](const BranchStatus& branch) {
    return free_to_run(branch) > 0 || !branch.in_progress.empty() || !branch.skipped.empty();
  });
}

void show_current(Report& report, const std::vector<BranchStatus>& branches) {
  fill(report, branches, nullptr);
  for (const auto& branch : branches) {
    if (branch.current.empty()) report.line(fmt::format("{}@base", branch.branch));
    for (const auto& id : branch.current) report.line(fmt::format("{} ({})", id.text(), place(branch)));
  }
}

void show_status(Report& report, const std::vector<BranchStatus>& branches, const std::vector<AppliedRevision>& rows,
                 const Gone& gone) {
  fill(report, branches, &gone);
  for (const auto& branch : branches) {
    const auto where = gone_of(branch, gone).empty() ? place(branch) : "not as recorded";
    report.line(fmt::format("{}: {}", report.paint()(Tone::strong, branch.branch),
                            report.paint()(where.starts_with("head") ? Tone::good : Tone::warning, where)));
    Table table({{"  revision"}, {"state"}, {"applied at"}, {"took"}});
    add_rows(report, table, branch, rows, gone);
    if (!table.empty()) report.table(table);
    for (const auto& one : branch.held) {
      report.line(fmt::format("  held {}: {}", one.id.name, one.first));
    }
    tell_gone(report, branch, gone);
  }
}

}  // namespace dbmigrate
