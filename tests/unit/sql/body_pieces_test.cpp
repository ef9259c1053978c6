// Where SQL may begin in PL/pgSQL that its parser does not know.
// SPDX-License-Identifier: Apache-2.0
#include "sql/body_pieces.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sql/analysis.hpp"
#include "support/catch.hpp"

using namespace dbmigrate::sql;
using Pieces = std::vector<std::vector<std::string_view>>;

TEST_CASE("a piece of a body begins at its first word and behind words that open statements", "[sql]") {
  CHECK(pieces_of_body("BEGIN DROP TABLE a; END") == Pieces{{"BEGIN DROP TABLE a", "DROP TABLE a"}});
  CHECK(pieces_of_body("IF a THEN b; ELSE c; END IF;") == Pieces{{"IF a THEN b", "b"}, {"ELSE c", "c"}, {"END IF"}});
}

TEST_CASE("quotes, comments and parentheses end no piece of a body", "[sql]") {
  CHECK(pieces_of_body("a ';' $x$;$x$ (;) /* ; */ \";\" -- ;\n;") ==
        Pieces{{"a ';' $x$;$x$ (;) /* ; */ \";\" -- ;\n"}});
  CHECK(pieces_of_body("a; b 'open; c;") == Pieces{{"a"}});
  CHECK(pieces_of_body("").empty());
  CHECK(pieces_of_body(";;") == Pieces{{}, {}});
}

TEST_CASE("nesting without end takes no more time for it", "[sql]") {
  std::string body;
  for (int i = 0; i < 10000; ++i) body += "BEGIN ";
  const auto pieces = pieces_of_body(body + ";");
  REQUIRE(pieces.size() == 1);
  CHECK(pieces.front().size() == 16);
}

TEST_CASE("what can be read of a body that cannot is read", "[sql]") {
  const auto analysis = analysis_of(
      "DO $$ DECLARE n int; BEGIN SOMETHING NEW; IF x THEN DROP TABLE a; ELSE EXECUTE 'DROP TABLE b'; END IF; "
      "SELECT 1 INTO n; COMMIT; EXECUTE n; END $$");
  REQUIRE(analysis.actions.size() == 1);
  const auto* const block = std::get_if<DoBlock>(&analysis.actions.front());
  REQUIRE(block != nullptr);
  REQUIRE(block->body != nullptr);
  CHECK_FALSE(block->body->problem.empty());
  CHECK(block->body->dynamic);
  std::vector<std::string> texts;
  bool makes_a_table = false;
  for (const auto& one : block->body->statements) {
    texts.push_back(one.text);
    for (const auto& action : one.actions) makes_a_table |= std::holds_alternative<CreateTableAs>(action);
  }
  CHECK(texts == std::vector<std::string>{"DROP TABLE a", "DROP TABLE b", "SELECT 1 INTO n"});
  CHECK_FALSE(makes_a_table);
  CHECK(block->body->controls_transaction);
}
