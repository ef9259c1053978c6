// Asks PostgreSQL's parser, which recurses as deep as an expression is long, on a stack sized for it.
// SPDX-License-Identifier: Apache-2.0
#include "sql/facts.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "sql/first_words.hpp"
#include "sql/large_stack.hpp"
#include "sql/parser.hpp"
#include "sql/statement_tree.hpp"

namespace dbmigrate::sql {
namespace {

StatementFacts unparsed(std::string_view statement, std::string reason) {
  auto facts = facts_from_words(statement);
  facts.parse_error = std::move(reason);
  return facts;
}

StatementFacts facts_within(std::string_view statement, std::size_t stack) {
  if (auto reason = why_not_parsed(statement, stack); !reason.empty()) return unparsed(statement, std::move(reason));
  const Parsed parsed{std::string(statement)};
  if (parsed.error() != nullptr) return unparsed(statement, parsed.error()->message);
  StatementFacts facts;
  if (read_tree(parsed.tree(), facts) == TreeReading::unreadable) return unparsed(statement, "it is not valid UTF-8");
  facts.parsed = true;
  facts.command = command_of(statement);
  return facts;
}

}  // namespace

std::string why_not_parsed(std::string_view statement, std::size_t stack) {
  if (statement.find('\0') != std::string_view::npos) return "it contains a NUL byte";
  if (statement.size() > kLeastStack / kStackPerByte && statement.size() > stack / kStackPerByte) {
    return "it is too long for the stack that the system grants the parser";
  }
  return {};
}

StatementFacts facts_of(std::string_view statement) {
  return std::move(facts_of(std::vector<std::string_view>{statement}).front());
}

std::vector<StatementFacts> facts_of(const std::vector<std::string_view>& statements) {
  std::vector<StatementFacts> facts;
  if (statements.empty()) return facts;
  std::size_t longest = 0;
  for (const auto statement : statements) longest = std::max(longest, statement.size());
  facts.reserve(statements.size());
  on_large_stack(std::max(kLeastStack, longest * kStackPerByte), [&](std::size_t stack) {
    for (const auto statement : statements) facts.push_back(facts_within(statement, stack));
  });
  return facts;
}

}  // namespace dbmigrate::sql
