// Tables and text that fit.
// SPDX-License-Identifier: Apache-2.0
#include "report/table.hpp"

#include "report/width.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;

namespace {
const Paint kPlain{Paint::Colour::off};

Table people() {
  Table table({{"name"}, {"rows", Column::Align::right}});
  table.add({"Änne", "7"});
  table.add({"日本", "1,200"});
  return table;
}
}  // namespace

TEST_CASE("columns line up whatever alphabet is in them", "[report]") {
  CHECK(people().text(0, kPlain) ==
        "name   rows\n"
        "Änne      7\n"
        "日本  1,200\n");
}

TEST_CASE("the widest column is cut where the terminal ends", "[report]") {
  Table table({{"revision"}, {"state"}});
  table.add({"003_enhance_documents_and_more", "applied"});
  CHECK(table.text(20, kPlain) ==
        "revision     state\n"
        "003_enhanc…  applied\n");
  CHECK(table.text(0, kPlain).find("003_enhance_documents_and_more  applied") != std::string::npos);
}

TEST_CASE("a cell cannot move the cursor", "[report]") {
  Table table({{"name"}});
  table.add({"a\x1b[2J\nb"});
  CHECK(table.text(0, kPlain) == "name\na [2J b\n");
}

TEST_CASE("colour is around the text and not in the padding", "[report]") {
  Table table({{"s"}, {"x"}});
  table.add({Cell("ok", Tone::good), "1"});
  CHECK(table.text(0, Paint(Paint::Colour::on)) ==
        "\x1b[1ms\x1b[0m   \x1b[1mx\x1b[0m\n"
        "\x1b[32mok\x1b[0m  1\n");
}

TEST_CASE("missing cells are blank and leave no blanks behind", "[report]") {
  Table table({{"a"}, {"b"}});
  table.add({"1"});
  CHECK(table.text(0, kPlain) == "a  b\n1\n");
}

TEST_CASE("width counts columns, not bytes", "[report]") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("äöü") == 3);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(display_width("\xff") == 1);
}

TEST_CASE("text is cut between characters", "[report]") {
  CHECK(fit_to_width("abcdef", 4) == "abc…");
  CHECK(fit_to_width("日本語", 4) == "日…");
  CHECK(fit_to_width("abc", 3) == "abc");
  CHECK(fit_to_width("abcdef", 0) == "abcdef");
}

TEST_CASE("lines break at spaces", "[report]") {
  CHECK(wrapped("one two three", 8) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("a\nb", 8) == std::vector<std::string>{"a", "b"});
  CHECK(wrapped("unbreakable word", 5) == std::vector<std::string>{"unbreakable", "word"});
  CHECK(wrapped("one two three", 0) == std::vector<std::string>{"one two three"});
}
