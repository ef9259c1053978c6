// Which reader a statement is for.
// SPDX-License-Identifier: Apache-2.0
#include "sql/action_tree.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

#include "sql/expression_tree.hpp"

namespace dbmigrate::sql {
namespace {

/// Rows in VALUES tell little and take much: several times their text, of which a statement may have megabytes.
Tree::parser_callback_t without_rows(std::string_view tree) {
  constexpr std::size_t kMuch = std::size_t{1} << 20U;
  if (tree.size() < kMuch) return nullptr;
  return [inside = -1](int depth, Tree::parse_event_t event, Tree& value) mutable {
    if (inside >= 0 && depth > inside) return false;
    if (event == Tree::parse_event_t::array_end) inside = -1;
    if (event == Tree::parse_event_t::key && value == "valuesLists") inside = depth;
    return true;
  };
}

/// Where `name` is written, in quotes or not; 0 where it is not found as it stands.
std::size_t place_of(std::string_view statement, std::string_view name) {
  const auto at = statement.find(name);
  return at == std::string_view::npos ? 0 : at;
}

constexpr std::size_t kLongestName = 63;

}  // namespace

Tree tree_of(std::string_view json) { return Tree::parse(json, without_rows(json), false); }

std::vector<Action> actions_in(const Tree& root, const Reading& reading) {
  std::vector<Action> actions;
  for (const auto& raw : list(root, "stmts")) {
    for (const auto& [kind, node] : child(raw, "stmt").items()) {
      read_definition(kind, node, actions);
      read_alteration(kind, node, actions);
      read_object_change(kind, node, actions);
      read_rows(kind, node, actions);
      read_maintenance(kind, node, actions);
      read_body(kind, node, reading, actions);
    }
  }
  return actions;
}

std::vector<LongName> long_names_in(const Tree& root, std::string_view statement) {
  // Nearly no statement has a word so long; the tree of one that has none need not be walked.
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : statement) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == ',' || c == '(' || c == ')' || c == ';';
    run = blank ? 0 : run + 1;
    longest = std::max(longest, run);
  }
  std::vector<LongName> names;
  if (longest <= kLongestName && statement.find('"') == std::string_view::npos) return names;
  // The parser has cut what stands without quotes or in them already; the tree holds the first 63 bytes.
  const auto look_at = [&](const std::string& name) {
    if (name.size() < kLongestName - 3) return;
    const auto at = place_of(statement, name);
    if (at == 0) return;
    std::size_t end = at + name.size();
    const bool quoted = statement[at - 1] == '"';
    while (end < statement.size() &&
           (quoted ? statement[end] != '"'
                   : static_cast<unsigned char>(statement[end]) >= 0x80 || statement[end] == '_' ||
                         statement[end] == '$' || (std::isalnum(static_cast<unsigned char>(statement[end])) != 0))) {
      ++end;
    }
    if (end - at > kLongestName) names.push_back({at, std::string(statement.substr(at, end - at))});
  };
  each_node(root, [&](const std::string& key, const Tree& node) {
    for (const auto* const field : {"relname", "colname", "idxname", "conname", "newname", "trigname", "policy_name"}) {
      if (node.contains(field)) look_at(text(node, field));
    }
    if (key == "CreateFunctionStmt") look_at(qualified_name(list(node, "funcname")).name);
    if (key == "CreateEnumStmt") look_at(qualified_name(list(node, "typeName")).name);
    return true;
  });
  return names;
}

}  // namespace dbmigrate::sql
