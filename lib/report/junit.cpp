// One testsuite after the other, a testcase each.
// SPDX-License-Identifier: Apache-2.0
#include "report/junit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "core/source_text.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// XML 1.0 has of the control characters only these, and neither U+FFFE nor U+FFFF.
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20U && c != '\t' && c != '\n' && c != '\r'; }

bool is_no_character(std::string_view rest) {
  return rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF");
}

/// Line feeds in attributes would be read as blanks, so they are written as references.
std::string escaped(std::string_view text) {
  std::string result;
  std::size_t invalid = first_invalid_utf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == invalid) {
      result += kReplacement;
      const auto next = first_invalid_utf8(text.substr(i + 1));
      invalid = next == std::string_view::npos ? next : i + 1 + next;
    } else if (is_control(c)) {
      result += kReplacement;
    } else if (is_no_character(text.substr(i))) {
      result += kReplacement;
      i += 2;
    } else if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (c == '\n' || c == '\r' || c == '\t') {
      result += fmt::format("&#{};", static_cast<int>(c));
    } else {
      result += c;
    }
  }
  return result;
}

std::string in_element(std::string_view text) {
  auto result = escaped(text);
  for (auto at = result.find("&#10;"); at != std::string::npos; at = result.find("&#10;", at + 1)) {
    result.replace(at, 5, "\n");
  }
  return result;
}

std::string seconds(Milliseconds took) { return fmt::format("{}.{:03}", took.count() / 1000, took.count() % 1000); }

struct Tally {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  Milliseconds took{0};

  void add(const JunitCase& one) {
    ++tests;
    failures += one.outcome == JunitCase::Outcome::failed ? 1U : 0U;
    errors += one.outcome == JunitCase::Outcome::broken ? 1U : 0U;
    skipped += one.outcome == JunitCase::Outcome::skipped ? 1U : 0U;
    took += one.took;
  }
  [[nodiscard]] std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}" time="{}")", tests, failures, errors,
                       skipped, seconds(took));
  }
};

std::string element_of(const JunitCase& one) {
  const auto with_text = [&](std::string_view name) {
    return fmt::format("      <{0} message=\"{1}\">{2}</{0}>\n", name, escaped(one.message), in_element(one.text));
  };
  switch (one.outcome) {
    case JunitCase::Outcome::failed:
      return with_text("failure");
    case JunitCase::Outcome::broken:
      return with_text("error");
    case JunitCase::Outcome::skipped:
      return fmt::format("      <skipped message=\"{}\"/>\n", escaped(one.message));
    case JunitCase::Outcome::passed:
      break;
  }
  return one.text.empty() ? "" : fmt::format("      <system-out>{}</system-out>\n", in_element(one.text));
}

std::string case_xml(const JunitCase& one) {
  const auto head = fmt::format(R"(    <testcase classname="{}" name="{}" time="{}")", escaped(one.suite),
                                escaped(one.name), seconds(one.took));
  const auto inside = element_of(one);
  return inside.empty() ? head + "/>\n" : fmt::format("{}>\n{}    </testcase>\n", head, inside);
}

}  // namespace

std::string junit_xml(std::string_view name, const std::vector<JunitCase>& cases) {
  Tally all;
  for (const auto& one : cases) all.add(one);
  std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {}>\n",
                                 escaped(name), all.attributes());
  for (auto start = cases.begin(); start != cases.end();) {
    const auto end = std::find_if(start, cases.end(), [&](const JunitCase& one) { return one.suite != start->suite; });
    Tally suite;
    std::for_each(start, end, [&](const JunitCase& one) { suite.add(one); });
    text += fmt::format("  <testsuite name=\"{}\" {}>\n", escaped(start->suite), suite.attributes());
    for (; start != end; ++start) text += case_xml(*start);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace dbmigrate
