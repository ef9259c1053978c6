// What statements do, from PostgreSQL's parser, and from their first words where that refuses them.
// SPDX-License-Identifier: Apache-2.0
#include "fuzz.hpp"
#include "sql/facts.hpp"
#include "sql/first_words.hpp"
#include "sql/literals.hpp"
#include "sql/script.hpp"

using namespace dbmigrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  fuzz::attempt([&] {
    const auto script = sql::split(text, "fuzz.sql");
    std::vector<std::string_view> statements;
    for (const auto& statement : script.statements) statements.push_back(script.text_of(statement));
    const auto facts = sql::facts_of(statements);
    fuzz::require(facts.size() == statements.size(), "each statement has its facts");
    for (std::size_t i = 0; i < facts.size(); ++i) {
      fuzz::require(facts[i].parsed == facts[i].parse_error.empty(), "what is not parsed says why");
      static_cast<void>(sql::facts_from_words(statements[i]));
    }
    if (!statements.empty()) static_cast<void>(sql::without_literals(statements.front()));
  });
  return 0;
}
