// Reports that every XML parser reads, whatever is in them.
// SPDX-License-Identifier: Apache-2.0
#include "report/junit.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/source_text.hpp"
#include "support/catch.hpp"

namespace dbmigrate {
namespace {

using Outcome = JunitCase::Outcome;

/// Tags close in the order in which they open, attributes are quoted, and & begins a reference that XML has.
bool is_well_formed(std::string_view xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < xml.size();) {
    const char c = xml[at];
    if (static_cast<unsigned char>(c) < 0x20U && c != '\n' && c != '\t') return false;
    if (c == '&') {
      const auto end = xml.find(';', at);
      if (end == std::string_view::npos) return false;
      const auto name = xml.substr(at + 1, end - at - 1);
      const bool known = name == "amp" || name == "lt" || name == "gt" || name == "quot" ||
                         (name.starts_with('#') && std::all_of(name.begin() + 1, name.end(), [](unsigned char digit) {
                            return std::isdigit(digit) != 0;
                          }));
      if (!known) return false;
      at = end + 1;
      continue;
    }
    if (c != '<') {
      if (c == '>') return false;
      ++at;
      continue;
    }
    const auto end = xml.find('>', at);
    if (end == std::string_view::npos) return false;
    const auto tag = xml.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string_view::npos || std::count(tag.begin(), tag.end(), '"') % 2 != 0) return false;
    const auto name = std::string(
        tag.substr(tag.starts_with('/') ? 1 : 0, tag.find_first_of(" /", 1) - (tag.starts_with('/') ? 1 : 0)));
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    } else if (!tag.ends_with('/') && !tag.starts_with('?')) {
      open.push_back(name);
    }
    at = end + 1;
  }
  return open.empty() && first_invalid_utf8(xml) == std::string_view::npos;
}

JunitCase a_case(Outcome outcome, std::string suite, std::string name, std::string message, std::string text) {
  return {.outcome = outcome,
          .suite = std::move(suite),
          .name = std::move(name),
          .message = std::move(message),
          .text = std::move(text),
          .took = Milliseconds{1'234}};
}

}  // namespace

TEST_CASE("suites hold their cases, each with its outcome and counted", "[report]") {
  CHECK(junit_xml(
            "run",
            {a_case(Outcome::passed, "a", "one", "", ""), a_case(Outcome::failed, "a", "two", "no", "why\nnot"),
             a_case(Outcome::skipped, "b", "three", "later", ""), a_case(Outcome::broken, "b", "four", "oh", "")}) ==
        R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="run" tests="4" failures="1" errors="1" skipped="1" time="4.936">
  <testsuite name="a" tests="2" failures="1" errors="0" skipped="0" time="2.468">
    <testcase classname="a" name="one" time="1.234"/>
    <testcase classname="a" name="two" time="1.234">
      <failure message="no">why
not</failure>
    </testcase>
  </testsuite>
  <testsuite name="b" tests="2" failures="0" errors="1" skipped="1" time="2.468">
    <testcase classname="b" name="three" time="1.234">
      <skipped message="later"/>
    </testcase>
    <testcase classname="b" name="four" time="1.234">
      <error message="oh"></error>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST_CASE("nothing that a name or a text holds breaks the document", "[report]") {
  for (const std::string odd :
       {"a < b && c > \"d\"", "]]>", "<![CDATA[", "</failure>", "line\nfeed\ttab\r", "\x01\x02\x1f",
        "\xff\xfe not UTF-8 \x80", "\xEF\xBF\xBF", "\xC3\xA9\xF0\x9F\x98\x80", "'"}) {
    for (const auto outcome : {Outcome::passed, Outcome::failed, Outcome::skipped, Outcome::broken}) {
      INFO(odd);
      CHECK(is_well_formed(junit_xml(odd, {a_case(outcome, odd, odd, odd, odd)})));
    }
  }
  CHECK(junit_xml("x", {a_case(Outcome::failed, "s", "n", "a\nb", "<&>\xC3\xA9")})
            .find("<failure message=\"a&#10;b\">&lt;&amp;&gt;\xC3\xA9</failure>") != std::string::npos);
  CHECK_FALSE(is_well_formed("<a><b></a></b>"));
  CHECK_FALSE(is_well_formed("<a>&nbsp;</a>"));
}

}  // namespace dbmigrate
