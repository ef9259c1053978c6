// Queries and what they must give.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/assertions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "descriptor/embedded_sql.hpp"
#include "descriptor/steps.hpp"

namespace dbmigrate {
namespace {

struct Subject {
  std::string_view key;
  Requirement::Kind kind;
};
constexpr std::array kSubjects{Subject{"table", Requirement::Kind::table},
                               Subject{"view", Requirement::Kind::view},
                               Subject{"column", Requirement::Kind::column},
                               Subject{"index", Requirement::Kind::index},
                               Subject{"extension", Requirement::Kind::extension},
                               Subject{"server_version", Requirement::Kind::server_version},
                               Subject{"sql", Requirement::Kind::sql}};

bool is_version(std::string_view text) {
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 4 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto dot = text.find('.');
  return is_digits(text.substr(0, dot)) && (dot == std::string_view::npos || is_digits(text.substr(dot + 1)));
}

void read_subject(const yaml::Mapping& item, Requirement& requirement) {
  for (const auto& subject : kSubjects) {
    const auto value = item.find(subject.key);
    if (!value) continue;
    if (!requirement.subject.empty()) {
      value->fail("a requirement has two subjects", "It is about one thing.", "Make it two items of the list.");
    }
    requirement.kind = subject.kind;
    const bool is_query = subject.kind == Requirement::Kind::sql;
    requirement.subject = is_query ? one_query(*value, value->text()) : read_object_name(*value);
    if (subject.kind == Requirement::Kind::column && requirement.subject.find('.') == std::string::npos) {
      value->fail("a required column needs its table", fmt::format("Found \"{}\".", requirement.subject),
                  "Write TABLE.COLUMN or SCHEMA.TABLE.COLUMN.");
    }
    if (subject.kind == Requirement::Kind::server_version && !is_version(requirement.subject)) {
      value->fail_as_wrong("a version of PostgreSQL", "Write the lowest one that will do: 14 or 14.2.");
    }
  }
  if (requirement.subject.empty()) {
    item.fail("a requirement has no subject", "It says nothing to look for.",
              "Add table, view, column, index, extension, server_version or sql.");
  }
}

void read_expectation(const yaml::Mapping& item, Requirement& requirement) {
  const auto equals = item.find("equals");
  const auto empty = item.find("empty");
  const bool is_query = requirement.kind == Requirement::Kind::sql;
  if (const auto& stray = equals ? equals : empty; stray && !is_query) {
    stray->fail(fmt::format("{} is only for sql", stray->name()),
                "The other requirements ask whether something exists.", "Remove it.");
  }
  if (!is_query) return;
  if (equals.has_value() == empty.has_value()) {
    item.fail("a required query needs equals or empty", equals ? "Found both." : "Found neither.",
              "Write equals: VALUE, or empty: true for no row.");
  }
  if (equals) {
    requirement.expect = {Expectation::Kind::equals, equals->any_text()};
  } else if (!empty->boolean()) {
    empty->fail_as_wrong("true", "Write equals: VALUE where the query gives something.");
  }
}

SqlText read_query(const yaml::Value& value) {
  auto sql = inline_sql(value);
  sql.text = one_query(value, sql.text);
  return sql;
}

Expectation read_expect(const yaml::Value& value) {
  if (value.is_mapping()) {
    return {Expectation::Kind::equals, value.mapping("expect", {"equals"}).required("equals").any_text()};
  }
  const auto kind =
      value.one_of<Expectation::Kind>({{"empty", Expectation::Kind::empty}, {"one row", Expectation::Kind::one_row}});
  return {kind, {}};
}

}  // namespace

std::vector<Requirement> read_requirements(const yaml::Value& value) {
  std::vector<Requirement> requirements;
  for (const auto& entry : value.list()) {
    const auto item = entry.mapping("a requirement", {"table", "view", "column", "index", "extension", "server_version",
                                                      "sql", "equals", "empty", "otherwise", "hint"});
    Requirement requirement;
    requirement.at = entry.at();
    read_subject(item, requirement);
    read_expectation(item, requirement);
    if (const auto otherwise = item.find("otherwise")) {
      requirement.skip = otherwise->one_of<bool>({{"fail", false}, {"skip", true}});
    }
    if (const auto hint = item.find("hint")) requirement.hint = hint->text();
    requirements.push_back(std::move(requirement));
  }
  return requirements;
}

std::vector<Loss> read_losses(const yaml::Value& value) {
  std::vector<Loss> losses;
  for (const auto& entry : value.list()) {
    const auto item = entry.mapping("a loss", {"rows", "because"});
    losses.push_back({.rows = read_query(item.required("rows")), .because = item.required("because").text()});
  }
  return losses;
}

std::vector<Check> read_checks(const yaml::Value& value) {
  std::vector<Check> checks;
  for (const auto& entry : value.list()) {
    const auto item = entry.mapping("a check", {"name", "sql", "expect", "severity"});
    Check check;
    const auto name = item.required("name");
    check.name = name.text();
    const auto same_name = [&](const Check& other) { return other.name == check.name; };
    if (std::any_of(checks.begin(), checks.end(), same_name)) {
      name.fail(fmt::format("two checks are called \"{}\"", check.name), "Reports tell them apart by name.",
                "Rename one.");
    }
    check.sql = read_query(item.required("sql"));
    if (const auto severity = item.find("severity")) {
      check.severity = severity->one_of<Severity>(
          {{"error", Severity::error}, {"warning", Severity::warning}, {"info", Severity::info}});
    }
    if (const auto expect = item.find("expect")) {
      check.expect = read_expect(*expect);
    } else if (check.severity == Severity::info) {
      check.expect.kind = Expectation::Kind::anything;
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

Verdict read_verdict(const yaml::Value& value) {
  const auto verdict = value.mapping("the verdict", {"healthy", "otherwise"});
  return {.healthy = verdict.required("healthy").text(), .otherwise = verdict.required("otherwise").text()};
}

}  // namespace dbmigrate
