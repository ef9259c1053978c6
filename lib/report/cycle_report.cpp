// Verdicts first; differences in the words of catalog/difference.hpp.
// SPDX-License-Identifier: Apache-2.0
#include "report/cycle_report.hpp"

#include <fmt/format.h>

#include <map>
#include <sstream>
#include <string_view>

#include "core/json.hpp"
#include "core/words.hpp"
#include "report/comparison_report.hpp"

namespace dbmigrate {
namespace {

using What = CycleDifference::What;
using When = CycleDifference::When;

void add_lines(std::vector<std::string>& lines, const std::string& text, std::string_view indent) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(std::string(indent) + line);
}

std::string_view headline(When when) {
  switch (when) {
    case When::upgrade:
      return "after the upgrade:";
    case When::downgrade:
      return "after the downgrade, against before the upgrade:";
    case When::second_upgrade:
      return "after the second upgrade, against after the first:";
    case When::adopting:
      return "adopted where it is there already:";
    case When::adopted_downgrade:
      break;
  }
  return "adopted and undone, against before:";
}

std::string words_of(const CycleDifference& difference) {
  if (difference.what == What::failure) {
    const bool down = difference.when == When::downgrade || difference.when == When::adopted_downgrade;
    return fmt::format("{} fails: {}", down ? "downgrading" : "upgrading", difference.text);
  }
  return fmt::format("{}: {}", difference.object, difference.text);
}

/// Differences of the catalog together, so that what belongs to a table is counted with it.
void add_differences(std::vector<std::string>& lines, const CycledRevision& revision, When when) {
  std::vector<Difference> objects;
  std::vector<std::string> others;
  for (const auto& one : revision.differences) {
    if (one.when != when) continue;
    if (one.difference) {
      objects.push_back(*one.difference);
    } else {
      others.push_back(words_of(one));
    }
  }
  if (objects.empty() && others.empty()) return;
  lines.push_back("  " + std::string(headline(when)));
  add_lines(lines, review_text(objects), "    ");
  for (const auto& one : others) add_lines(lines, one, "    ");
}

Json json_of(const CycleDifference& difference) {
  Json json = difference.difference ? difference_json(*difference.difference) : Json::object();
  json["after"] = name_of(difference.when);
  json["what"] = name_of(difference.what);
  if (!difference.difference) {
    json["object"] = difference.object;
    json["text"] = difference.text;
  }
  return json;
}

Json json_of(const CycledRevision& revision) {
  Json differences = Json::array();
  for (const auto& one : revision.differences) differences.push_back(json_of(one));
  Json group = Json::array();
  for (const auto& id : revision.group) group.push_back(id.text());
  return {{"branch", revision.id.branch}, {"revision", revision.id.name}, {"verdict", name_of(revision.verdict)},
          {"held", revision.held},        {"ways", revision.ways},        {"differences", std::move(differences)},
          {"group", std::move(group)},    {"notes", revision.notes},      {"took_ms", revision.took.count()}};
}

Tone tone_of(CycleVerdict verdict) {
  if (!passes(verdict)) return Tone::bad;
  return verdict == CycleVerdict::irreversible || verdict == CycleVerdict::skipped ? Tone::warning : Tone::good;
}

}  // namespace

std::vector<std::string> lines_about(const CycledRevision& revision) {
  std::vector<std::string> lines;
  for (const auto when :
       {When::upgrade, When::downgrade, When::second_upgrade, When::adopting, When::adopted_downgrade}) {
    add_differences(lines, revision, when);
  }
  if (!revision.group.empty()) {
    std::vector<std::string> names;
    for (const auto& id : revision.group) names.push_back(id.text());
    lines.push_back(fmt::format("  What was there comes back only when {} are undone together.", listed(names)));
  }
  for (const auto& note : revision.notes) add_lines(lines, note, "  ");
  return lines;
}

void show_cycled(Report& report, const CycledRevision& revision) {
  report.result()["revisions"].push_back(json_of(revision));
  report.event("revision", json_of(revision));
  std::string besides;
  if (revision.ways.size() > 1) besides += ", run and adopted";
  if (revision.ways == std::vector<std::string>{"adopted"}) besides += ", adopted";
  if (revision.held) besides += ", held: passed here";
  report.line(fmt::format("{} {}{}",
                          report.paint()(tone_of(revision.verdict), fmt::format("{:<14}", name_of(revision.verdict))),
                          revision.id.text(), besides));
  for (const auto& line : lines_about(revision)) report.line(line);
}

void show_cycle_summary(Report& report, const std::vector<CycledRevision>& revisions) {
  std::map<CycleVerdict, int> counts;
  int bad = 0;
  for (const auto& one : revisions) {
    ++counts[one.verdict];
    bad += passes(one.verdict) ? 0 : 1;
  }
  std::string text;
  for (const auto& [verdict, count] : counts) text += fmt::format(", {} {}", count, name_of(verdict));
  report.line(report.paint()(
      bad == 0 ? Tone::good : Tone::bad,
      fmt::format("{} {} cycled{}", revisions.size(), revisions.size() == 1 ? "revision" : "revisions", text)));
}

}  // namespace dbmigrate
