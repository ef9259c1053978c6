// Worst first within a file is not done: a file is mended from its beginning.
// SPDX-License-Identifier: Apache-2.0
#include "report/lint_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "core/figures.hpp"
#include "core/json.hpp"
#include "core/version.hpp"
#include "report/width.hpp"

namespace dbmigrate {
namespace {

Tone tone_of(Severity severity) {
  if (severity == Severity::error) return Tone::bad;
  return severity == Severity::warning ? Tone::warning : Tone::strong;
}

const RelationSize* size_of(const LintFinding& finding, const RelationSizes& sizes) {
  const auto found = sizes.find(finding.relation);
  return finding.relation.name.empty() || found == sizes.end() ? nullptr : &found->second;
}

std::string message_of(const LintFinding& finding, const RelationSizes& sizes) {
  const auto* const size = size_of(finding, sizes);
  if (size == nullptr) return finding.message;
  return fmt::format("{} (about {}, {})", finding.message, count_of(size->rows, "row"), size_for_people(size->bytes));
}

/// Tabs stay, so that the caret stands below its character however wide they are.
std::string caret_below(const LintFinding& finding) {
  std::string blanks;
  int column = 1;
  for (const char c : finding.line) {
    if (column >= finding.caret) break;
    if ((static_cast<unsigned char>(c) & 0xC0U) == 0x80U) continue;
    blanks += c == '\t' ? '\t' : ' ';
    ++column;
  }
  return blanks + "^";
}

std::string line_for_terminal(std::string_view line) {
  std::string clean;
  for (const char c : line) clean += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? ' ' : c;
  return clean;
}

void explain(Report& report, const Rule& rule) {
  constexpr int kIndent = 11;
  const auto tell = [&](std::string_view label, const std::string& text) {
    const int width = report.console().width();
    auto head = fmt::format("  {:<{}}", label, kIndent - 2);
    for (const auto& line : wrapped(text, width == 0 ? 0 : std::max(width - kIndent, 20))) {
      report.line(head + line);
      head.assign(kIndent, ' ');
    }
  };
  tell("why:", rule.effect);
  tell("instead:", rule.remedy);
}

std::array<std::size_t, 3> counts_of(const std::vector<LintFinding>& findings) {
  std::array<std::size_t, 3> counts{};
  for (const auto& one : findings) ++counts.at(static_cast<std::size_t>(one.severity));
  return counts;
}

/// GitHub's escapes; in properties colons and commas too.
std::string escaped(std::string_view text, bool property) {
  std::string result;
  for (const char c : text) {
    if (c == '%') {
      result += "%25";
    } else if (c == '\n') {
      result += "%0A";
    } else if (c == '\r') {
      result += "%0D";
    } else if (property && c == ':') {
      result += "%3A";
    } else if (property && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

/// RFC 3986, section 3.3: what else a path has stands as `%20`.
std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "-._~!$&'()*+,;=:@/";
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte < 0x80 && std::isalnum(byte) != 0) || kPlain.find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

std::string_view sarif_level(Severity severity) {
  if (severity == Severity::error) return "error";
  return severity == Severity::warning ? "warning" : "note";
}

}  // namespace

void show_findings(Report& report, const std::vector<LintFinding>& findings, const RelationSizes& sizes) {
  std::set<const Rule*> explained;
  for (const auto& one : findings) {
    report.line(fmt::format("{}: {} {} [{}]", one.at.text(),
                            report.paint()(tone_of(one.severity), fmt::format("{}:", name_of(one.severity))),
                            one_line(message_of(one, sizes)), one.rule->id));
    report.line("  " + line_for_terminal(one.line));
    report.line("  " + report.paint()(tone_of(one.severity), caret_below(one)));
    if (explained.insert(one.rule).second) explain(report, *one.rule);
  }
  const auto counts = counts_of(findings);
  constexpr std::array<std::string_view, 3> kWords{"error", "warning", "note"};
  std::string summary;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) == 0) continue;
    summary += fmt::format("{}{}", summary.empty() ? "" : ", ",
                           count_of(static_cast<std::int64_t>(counts.at(i)), kWords.at(i)));
  }
  report.line(summary.empty() ? "no findings" : summary);
}

void findings_into(Json& result, const std::vector<LintFinding>& findings, const RelationSizes& sizes) {
  result["findings"] = Json::array();
  for (const auto& one : findings) {
    const auto* const size = size_of(one, sizes);
    result["findings"].push_back(
        {{"rule", one.rule->id},
         {"severity", name_of(one.severity)},
         {"file", one.at.file},
         {"line", one.at.line},
         {"column", one.at.column},
         {"message", one.message},
         {"relation", one.relation.name.empty() ? Json(nullptr) : Json(name_for_people(one.relation))},
         {"rows", size == nullptr ? Json(nullptr) : Json(size->rows)},
         {"bytes", size == nullptr ? Json(nullptr) : Json(size->bytes)},
         {"why", one.rule->effect},
         {"instead", one.rule->remedy}});
  }
  const auto counts = counts_of(findings);
  result["counts"] = {{"error", counts[0]}, {"warning", counts[1]}, {"info", counts[2]}};
}

Json findings_sarif(const std::vector<LintFinding>& findings) {
  Json rules = Json::array();
  std::vector<const Rule*> used;
  for (const auto& one : findings) {
    if (std::find(used.begin(), used.end(), one.rule) == used.end()) used.push_back(one.rule);
  }
  for (const auto* const rule : used) {
    rules.push_back({{"id", rule->id},
                     {"shortDescription", {{"text", rule->trigger}}},
                     {"fullDescription", {{"text", rule->effect}}},
                     {"help", {{"text", rule->remedy}}},
                     {"helpUri", rule->source},
                     {"defaultConfiguration", {{"level", sarif_level(rule->severity)}}}});
  }
  Json results = Json::array();
  for (const auto& one : findings) {
    const auto index = std::find(used.begin(), used.end(), one.rule) - used.begin();
    const Json region{{"startLine", one.at.line}, {"startColumn", one.at.column}};
    results.push_back(
        {{"ruleId", one.rule->id},
         {"ruleIndex", index},
         {"level", sarif_level(one.severity)},
         {"message", {{"text", one.message}}},
         {"locations", Json::array({{{"physicalLocation",
                                      {{"artifactLocation", {{"uri", uri_of(one.at.file)}}}, {"region", region}}}}})}});
  }
  const Json driver{{"name", "dbmigrate"}, {"version", std::string(program_version())}, {"rules", rules}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs",
           Json::array({{{"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}}})}};
}

void show_annotations(Report& report, const std::vector<LintFinding>& findings) {
  for (const auto& one : findings) {
    const auto level = one.severity == Severity::info ? "notice" : name_of(one.severity);
    report.line(fmt::format("::{} file={},line={},col={},title={}::{}. {}", level, escaped(one.at.file, true),
                            one.at.line, one.at.column, escaped(one.rule->id, true), escaped(one.message, false),
                            escaped(one.rule->remedy, false)));
  }
}

}  // namespace dbmigrate
