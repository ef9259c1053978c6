// What a terminal is given of text from elsewhere.
// SPDX-License-Identifier: Apache-2.0
#include "core/visible_text.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "support/catch.hpp"

using namespace dbmigrate;

TEST_CASE("what people read is shown as it is", "[core]") {
  for (const std::string text : {"", "plain\n\ttext", "\xC3\xA4 \xE6\x97\xA5 \xF0\x9F\xA6\x80", "e\xCC\x81",
                                 "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7"}) {
    CHECK(visible_text(text) == text);
    CHECK(visible_json(text) == text);
  }
  CHECK(first_unseen_character("caf\xC3\xA9 \xFF") == std::string_view::npos);
}

TEST_CASE("what a terminal obeys, and what hides or turns text, is shown as an escape", "[core]") {
  CHECK(visible_text("a\x1B]0;title\x07"
                     "b") == "a\\x1b]0;title\\x07b");
  CHECK(visible_text("back\rforth\x7F") == "back\\x0dforth\\x7f");
  CHECK(visible_text("c1 \xC2\x9B"
                     "31m") == "c1 \\u009b31m");
  CHECK(visible_text("\xE2\x80\xAE"
                     "gnp.exe") == "\\u202egnp.exe");
  CHECK(visible_text("\xEF\xBB\xBF"
                     "x") == "\\ufeffx");
  CHECK(visible_text("\xFF\xFE\xC0\xAF \xE2\x82") == "\\xff\\xfe\\xc0\\xaf \\xe2\\x82");
  CHECK(visible_text(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(first_unseen_character("ab\x1B") == 2);
  CHECK(first_unseen_character("ab\xE2\x81\xA6") == 2);
}

TEST_CASE("colours stay where text of ours has them", "[core]") {
  CHECK(visible_text("\x1B[1;31merror:\x1B[0m", Colours::kept) == "\x1B[1;31merror:\x1B[0m");
  CHECK(visible_text("\x1B[2J\x1B[31", Colours::kept) == "\\x1b[2J\\x1b[31");
  CHECK(visible_text("\x1B[31m") == "\\x1b[31m");
}

TEST_CASE("a document of JSON keeps its values and loses what would be obeyed", "[core]") {
  const std::string text = "a\x1B[31m \xC2\x9B \x7F \xE2\x80\xAE \xC3\xA4";
  const auto document = visible_json(Json(text).dump());
  CHECK(document == R"("a\u001b[31m \u009b \u007f \u202e )"
                    "\xC3\xA4\"");
  CHECK(Json::parse(document).get<std::string>() == text);
}

TEST_CASE("an error that quotes a megabyte is cut between characters", "[core]") {
  const Error error({.message = std::string(1999, 'x') + "\xC3\xA4" + std::string(1'000'000, 'y'),
                     .detail = std::string(100'000, 'd'),
                     .hint = "short"});
  CHECK(error.info().message == std::string(1999, 'x') + " … (1000001 bytes more)");
  CHECK(error.info().detail.size() < 33'000);
  CHECK(error.info().hint == "short");
}
