// What is read as it stands, and what is refused, with its place.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/document.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;
using namespace std::string_literals;

namespace {

yaml::Node read(std::string text) { return yaml::parse(std::move(text), "a.yaml", ErrorCode::invalid_config).root; }

/// `file:line:column: message`
std::string refusal(std::string text) {
  try {
    read(std::move(text));
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_config);
    CHECK_FALSE(error.info().hint.empty());
    return error.info().at->text() + ": " + error.what();
  }
  return "accepted";
}

std::string repeated(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("scalars are text exactly as written", "[yaml]") {
  const auto root = read("a: 010\nb: on\nc: \"1\"\nd: 2024-01-01\ne: true\nf: x#y\ng: a\\nb\n");
  std::vector<std::string> texts;
  for (const auto& item : root.items) texts.push_back(item.text);
  CHECK(texts == std::vector<std::string>{"010", "on", "1", "2024-01-01", "true", "x#y", "a\\nb"});
}

TEST_CASE("a value knows its line and its column in characters", "[yaml]") {
  const auto root = read("# é\né: \"é\" \nü: [é, x]\n");
  CHECK(root.items[0].line == 2);
  CHECK(root.items[0].column == 4);
  CHECK(root.items[1].items[1].line == 3);
  CHECK(root.items[1].items[1].column == 8);
}

TEST_CASE("a byte-order mark and CRLF change neither text nor places", "[yaml]") {
  const auto root = read(
      "\xEF\xBB\xBF"
      "a: |\r\n  x\r\n  y\r\nb: z\r\n");
  CHECK(root.items[0].text == "x\ny\n");
  CHECK(root.items[1].line == 4);
  CHECK(root.items[1].column == 4);
}

TEST_CASE("a block knows the line its content begins on, and its indentation", "[yaml]") {
  const auto place = [](const char* text) {
    const auto node = read(text).items.at(0);
    return std::pair(node.content_line, node.content_indent);
  };
  CHECK(place("a: |\n  SELECT 1\n") == std::pair(2, 2));
  CHECK(place("a: | # why\n\n\n     SELECT 1\n") == std::pair(2, 5));
  CHECK(place("a: |2\n     SELECT 1\n") == std::pair(2, 2));
  CHECK(place("a: |-\n  \tSELECT 1\n") == std::pair(2, 2));
  CHECK(place("a: >\n   SELECT\n   1\n") == std::pair(2, 3));
  CHECK(place("a: SELECT 1\n") == std::pair(1, 3));
  CHECK(place("a: 'SELECT 1'\n") == std::pair(1, 4));
}

TEST_CASE("missing values are null, at the key that lacks them", "[yaml]") {
  const auto root = read("a:\n\n\nb: ~\nc: null\nd: \"null\"\n");
  CHECK(root.items[0].kind == yaml::NodeKind::null);
  CHECK(root.items[0].line == 1);
  CHECK(root.items[1].text == "~");
  CHECK(root.items[2].kind == yaml::NodeKind::null);
  CHECK(root.items[3].kind == yaml::NodeKind::scalar);
}

TEST_CASE("what is no plain YAML is refused where it stands", "[yaml]") {
  CHECK(refusal("") == "a.yaml: a.yaml is empty");
  CHECK(refusal("# nothing\n") == "a.yaml: a.yaml is empty");
  CHECK(refusal("a: 1\nb: 2\na: 3\n") == "a.yaml:3:1: duplicate key \"a\"");
  CHECK(refusal("x: {a: 1, \"a\": 2}\n") == "a.yaml:1:11: duplicate key \"a\"");
  CHECK(refusal("a: &x 1\n") == "a.yaml:1:4: YAML anchors are not supported");
  CHECK(refusal("a: *x\n").substr(0, 11) == "a.yaml:1:4:");
  CHECK(refusal("a: !!str 010\n") == "a.yaml:1:4: YAML tags are not supported");
  CHECK(refusal("a: 1\n---\nb: 2\n") == "a.yaml:2:1: a.yaml holds more than one YAML document");
  CHECK(refusal("- x\na: 1\n") == "a.yaml:2:1: text follows where the YAML document has ended");
  CHECK(refusal("a: b\n... x\n") == "a.yaml:2:5: text follows where the YAML document has ended");
  CHECK(refusal("a:\n\tb: 1\n") == "a.yaml:2:1: a tab stands in the indentation");
  CHECK(refusal("a:\n  - b\n\t- c\n") == "a.yaml:3:1: a tab stands in the indentation");
  CHECK(refusal("a: \"b\n") == "a.yaml:1:4: a double quote is not closed");
  CHECK(refusal("a: 'it''s\n") == "a.yaml:1:4: a single quote is not closed");
  CHECK(refusal("a: b: c\n") == "a.yaml:1:5: this is not valid YAML");
  CHECK(refusal("a: [1, 2\n") == "a.yaml:2:1: this is not valid YAML");
  CHECK(refusal("? [a]\n: b\n") == "a.yaml:1:3: a key must be text");
  CHECK(refusal("~: b\n") == "a.yaml:1:1: a key must be text");
  CHECK(refusal("a: \"\\x00\"\n") == "a.yaml:1:4: the text contains a NUL character");
  CHECK(refusal("a: b\x04\n") == "a.yaml:1:5: a.yaml contains a control character");
  CHECK(refusal("a: é\0b\n"s) == "a.yaml:1:5: a.yaml contains a NUL byte");
  CHECK(refusal("a: b\nc: é\xFF\n") == "a.yaml:2:5: a.yaml is not UTF-8");
  CHECK(refusal("\xFF\xFE"
                "a\0"s) == "a.yaml:1:1: a.yaml is not UTF-8");
}

TEST_CASE("a YAML bomb is refused before it has grown", "[yaml]") {
  constexpr int kMany = 2'000'000;
  CHECK(refusal("a: &a [x]\nb: [*a, *a]\n") == "a.yaml:1:4: YAML anchors are not supported");
  CHECK(refusal(repeated("- ", 100'000)) == "a.yaml:1:129: YAML is nested deeper than 64 levels");
  CHECK(refusal(repeated("? ", 100'000)) == "a.yaml:1:3: a key must be text");
  CHECK(refusal(repeated("[", kMany)) == "a.yaml:1:1: a YAML value after this one is larger than 1 MB");
  CHECK(refusal(repeated("[", 100'000)) == "a.yaml:1:1: a key must be text");
  CHECK(refusal("a: [" + repeated("[],", kMany)) == "a.yaml:1:2999996: a.yaml holds more than 1000000 YAML values");
  CHECK(refusal("a: \"" + repeated("x", kMany)) == "a.yaml:1:1: a YAML value after this one is larger than 1 MB");
  CHECK(refusal(repeated("- x\n", 1'000'001)).find("more than 1000000 YAML values") != std::string::npos);
  CHECK(refusal(repeated(" ", 10'000'001)) == "a.yaml: a.yaml is larger than 10 MB");
}
