// One parse of each statement, read twice: for the facts that a run needs, and for all that it does.
// SPDX-License-Identifier: Apache-2.0
#include "sql/analysis.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "sql/action_tree.hpp"
#include "sql/expression_tree.hpp"
#include "sql/first_words.hpp"
#include "sql/large_stack.hpp"
#include "sql/parser.hpp"
#include "sql/statement_tree.hpp"

namespace dbmigrate::sql {
namespace {

Analysis unparsed(std::string_view statement, std::string reason) {
  Analysis analysis;
  analysis.facts = facts_from_words(statement);
  analysis.facts.parse_error = std::move(reason);
  return analysis;
}

Analysis analysis_within(std::string_view statement, std::size_t stack) {
  if (auto reason = why_not_parsed(statement, stack); !reason.empty()) return unparsed(statement, std::move(reason));
  const Parsed parsed{std::string(statement)};
  if (parsed.error() != nullptr) return unparsed(statement, parsed.error()->message);
  const auto root = tree_of(parsed.tree());
  if (root.is_discarded()) return unparsed(statement, "it is not valid UTF-8");
  Analysis analysis;
  add_facts(root, analysis.facts);
  analysis.facts.parsed = true;
  analysis.facts.command = command_of(statement);
  analysis.actions = actions_in(root, {statement, 0});
  analysis.long_names = long_names_in(root, statement);
  return analysis;
}

}  // namespace

std::vector<Analysis> analyses_of(const std::vector<std::string_view>& statements) {
  std::vector<Analysis> analyses;
  if (statements.empty()) return analyses;
  std::size_t longest = 0;
  for (const auto statement : statements) longest = std::max(longest, statement.size());
  analyses.reserve(statements.size());
  on_large_stack(std::max(kLeastStack, longest * kStackPerByte), [&](std::size_t stack) {
    for (const auto statement : statements) analyses.push_back(analysis_within(statement, stack));
  });
  return analyses;
}

Analysis analysis_of(std::string_view statement) {
  return std::move(analyses_of(std::vector<std::string_view>{statement}).front());
}

TypeUse type_use(std::string_view text) {
  TypeUse type;
  on_large_stack(kLeastStack, [&](std::size_t) {
    const Parsed parsed("SELECT CAST(NULL AS " + std::string(text) + ")");
    const auto root = Tree::parse(parsed.tree(), nullptr, false);
    if (parsed.error() != nullptr || root.is_discarded()) return;
    each_node(list(root, "stmts"), [&](const std::string& key, const Tree& node) {
      if (key != "typeName") return true;
      type = type_in(node);
      return false;
    });
  });
  return type;
}

}  // namespace dbmigrate::sql
