// What is written reads back the same.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/writer.hpp"

#include "support/catch.hpp"

using namespace dbmigrate;

namespace {
yaml::Node read(const std::string& text) { return yaml::parse(text, "a.yaml", ErrorCode::invalid_config).root; }
}  // namespace

TEST_CASE("a tree is written in block style", "[yaml]") {
  const auto tree =
      yaml::mapping({{"revision", yaml::text("003_enhance")},
                     {"rows", yaml::list({yaml::number(1), yaml::boolean(true), yaml::null()})},
                     {"tables", yaml::list({yaml::mapping({{"name", yaml::text("a")}, {"keys", yaml::list({})}})})},
                     {"sql", yaml::text("SELECT 1\n  FROM x\n")}});
  CHECK(yaml::write(tree) ==
        "revision: 003_enhance\n"
        "rows:\n"
        "  - 1\n"
        "  - true\n"
        "  - null\n"
        "tables:\n"
        "  - name: a\n"
        "    keys: []\n"
        "sql: |\n"
        "  SELECT 1\n"
        "    FROM x\n");
  CHECK(read(yaml::write(tree)) == tree);
}

TEST_CASE("text that YAML could take for something else is quoted", "[yaml]") {
  for (const auto* text : {"",
                           "010",
                           "no",
                           "On",
                           "null",
                           "~",
                           "1:30",
                           "0x1F",
                           "1e5",
                           "2024-01-01",
                           "- a",
                           "a: b",
                           "a #b",
                           "é",
                           " a",
                           "a ",
                           "\"",
                           "\\",
                           "a\nb",
                           "a\n",
                           "\na",
                           " a\nb",
                           "a\n\n",
                           "a \nb",
                           "a\tb",
                           "\x01",
                           "*a",
                           "&a",
                           "%",
                           "@a",
                           "'",
                           "[a",
                           "{",
                           "|",
                           "a\r\n",
                           "x\n\ty\n",
                           "key: |\n  nested\n"}) {
    INFO(text);
    const auto tree = yaml::mapping({{"k", yaml::text(text)}, {"l", yaml::list({yaml::text(text)})}});
    CHECK(read(yaml::write(tree)) == tree);
  }
  CHECK(yaml::write(yaml::mapping({{"k", yaml::text("010")}})) == "k: \"010\"\n");
  CHECK(yaml::write(yaml::mapping({{"no", yaml::text("public.documents")}})) == "\"no\": public.documents\n");
}
