// Small readers that never throw: what is not there, or is something else, is empty.
// SPDX-License-Identifier: Apache-2.0
#include "sql/tree.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace dbmigrate::sql {
namespace {

std::string option_value(const Tree& argument) {
  if (const auto& word = child(argument, "TypeName"); !word.empty()) {
    return qualified_name(list(word, "names")).name;
  }
  if (const auto number = argument.find("Integer"); number != argument.end()) {
    return std::to_string(number->value("ival", 0));
  }
  if (const auto boolean = argument.find("Boolean"); boolean != argument.end()) {
    return flag(*boolean, "boolval") ? "true" : "false";
  }
  auto value = string_node(argument);
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return value;
}

}  // namespace

std::string text(const Tree& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag(const Tree& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_boolean() && found->get<bool>();
}

int number(const Tree& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_number_integer() ? found->get<int>() : 0;
}

const Tree& child(const Tree& node, const char* key) {
  static const Tree kNothing = Tree::object();
  const auto found = node.find(key);
  return found != node.end() && found->is_object() ? *found : kNothing;
}

const Tree& list(const Tree& node, const char* key) {
  static const Tree kEmpty = Tree::array();
  const auto found = node.find(key);
  return found != node.end() && found->is_array() ? *found : kEmpty;
}

std::string string_node(const Tree& node) { return text(child(node, "String"), "sval"); }

ObjectName relation_name(const Tree& relation) { return {text(relation, "schemaname"), text(relation, "relname")}; }

ObjectName qualified_name(const Tree& names) {
  if (names.empty()) return {};
  const auto count = names.size();
  return {count > 1 ? string_node(names[count - 2]) : "", string_node(names[count - 1])};
}

bool Option::on_or(bool otherwise) const {
  if (!given) return otherwise;
  return value != "false" && value != "off" && value != "0";
}

Option option(const Tree& options, std::string_view name) {
  Option found;
  for (const auto& element : options) {
    const auto& definition = child(element, "DefElem");
    if (text(definition, "defname") == name) found = {true, option_value(child(definition, "arg"))};
  }
  return found;
}

void each_node(const Tree& root, const std::function<bool(const std::string& key, const Tree& node)>& visit) {
  static const std::string kNoKey;
  std::vector<std::pair<const std::string*, const Tree*>> waiting{{&kNoKey, &root}};
  std::vector<std::pair<const std::string*, const Tree*>> below;
  while (!waiting.empty()) {
    const auto [key, node] = waiting.back();
    waiting.pop_back();
    if (node->is_object() && !visit(*key, *node)) continue;
    below.clear();
    if (node->is_object()) {
      for (auto item = node->begin(); item != node->end(); ++item) {
        if (item->is_structured()) below.emplace_back(&item.key(), &*item);
      }
    } else {
      for (const auto& item : *node) {
        if (item.is_structured()) below.emplace_back(key, &item);
      }
    }
    waiting.insert(waiting.end(), std::make_move_iterator(below.rbegin()), std::make_move_iterator(below.rend()));
  }
}

}  // namespace dbmigrate::sql
