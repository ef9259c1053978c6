// Two sorted maps walked side by side; texts through libdtl.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/difference.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <dtl/dtl.hpp>
#include <set>
#include <sstream>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace dbmigrate {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string result;
  for (const auto& line : lines_of(text)) result += fmt::format("{}{}{}", result.empty() ? "" : "\n", indent, line);
  return result;
}

bool has_lines(const std::optional<std::string>& text) { return text && text->find('\n') != std::string::npos; }

std::string change_text(const PropertyChange& change) {
  if (has_lines(change.before) || has_lines(change.after)) {
    return fmt::format("    {}:\n{}", change.property,
                       indented(unified_hunks(change.before.value_or(""), change.after.value_or("")), "    "));
  }
  return fmt::format("    {}: {} → {}", change.property, change.before.value_or("(none)"),
                     change.after.value_or("(none)"));
}

/// What a line says of an object beside its name, so that a column can be judged without a look elsewhere.
std::string in_short(const Object& object) {
  switch (object.key.kind) {
    case ObjectKind::column:
    case ObjectKind::attribute:
      return object.property("type");
    case ObjectKind::constraint:
    case ObjectKind::index:
    case ObjectKind::trigger: {
      auto text = object.property("definition");
      if (text.empty()) text = object.property("expression");
      return has_lines(text) ? "" : text;
    }
    case ObjectKind::type:
      return object.property("form") == "enum" ? object.property("labels") : object.property("type");
    default:
      return "";
  }
}

std::string parts_text(const std::map<ObjectKind, int>& parts) {
  std::string text;
  for (const auto& [kind, count] : parts) {
    const auto name = name_of(kind);
    const std::string plural = name.ends_with("x") ? "es" : (name == "policy" ? "" : "s");
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count,
                        count == 1 ? std::string(name) : (name == "policy" ? "policies" : std::string(name) + plural));
  }
  return text.empty() ? text : fmt::format(" (with {})", text);
}

using Whole = std::set<std::pair<Difference::Kind, std::string>>;

bool is_relation(ObjectKind kind) {
  return kind == ObjectKind::table || kind == ObjectKind::foreign_table || kind == ObjectKind::view ||
         kind == ObjectKind::materialized_view || kind == ObjectKind::composite_type;
}

/// Relations that are there on one side only.
Whole whole_relations(const std::vector<Difference>& differences) {
  Whole whole;
  for (const auto& one : differences) {
    if (one.kind != Difference::Kind::changed && is_relation(one.object.key.kind)) {
      whole.emplace(one.kind, one.object.key.identity);
    }
  }
  return whole;
}

bool is_part(const Whole& whole, const Difference& difference) {
  if (difference.kind == Difference::Kind::changed) return false;
  const auto owner = owner_relation(difference.object);
  return !owner.empty() && whole.contains({difference.kind, owner});
}

std::string headline(const Difference& difference, const std::string& parts) {
  const auto shorter = difference.kind == Difference::Kind::changed ? "" : in_short(difference.object);
  return fmt::format("{:<10} {}{}{}", name_of(difference.kind), difference.object.key.text(),
                     shorter.empty() ? "" : ": " + shorter, parts);
}

std::string with_changes(std::string line, const Difference& difference) {
  for (const auto& change : difference.changes) line += "\n" + change_text(change);
  return line;
}

}  // namespace

std::string_view name_of(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::missing:
      return "missing";
    case Difference::Kind::unexpected:
      return "unexpected";
    case Difference::Kind::changed:
      break;
  }
  return "changed";
}

std::vector<PropertyChange> compare(const Properties& before, const Properties& after) {
  std::vector<PropertyChange> changes;
  auto left = before.begin();
  auto right = after.begin();
  while (left != before.end() || right != after.end()) {
    if (right == after.end() || (left != before.end() && left->first < right->first)) {
      changes.push_back({left->first, left->second, std::nullopt});
      ++left;
    } else if (left == before.end() || right->first < left->first) {
      changes.push_back({right->first, std::nullopt, right->second});
      ++right;
    } else {
      if (left->second != right->second) changes.push_back({left->first, left->second, right->second});
      ++left;
      ++right;
    }
  }
  return changes;
}

std::vector<Difference> compare(const Objects& before, const Objects& after) {
  std::vector<Difference> differences;
  auto left = before.begin();
  auto right = after.begin();
  while (left != before.end() || right != after.end()) {
    if (right == after.end() || (left != before.end() && left->first < right->first)) {
      differences.push_back({Difference::Kind::missing, {left->first, left->second}, {}});
      ++left;
    } else if (left == before.end() || right->first < left->first) {
      differences.push_back({Difference::Kind::unexpected, {right->first, right->second}, {}});
      ++right;
    } else {
      auto changes = compare(left->second, right->second);
      if (!changes.empty()) {
        differences.push_back({Difference::Kind::changed, {right->first, right->second}, std::move(changes)});
      }
      ++left;
      ++right;
    }
  }
  return differences;
}

std::string review_text(const Difference& difference) { return with_changes(headline(difference, ""), difference); }

std::vector<const Difference*> own_differences(const std::vector<Difference>& differences) {
  const auto whole = whole_relations(differences);
  std::vector<const Difference*> own;
  for (const auto& one : differences) {
    if (!is_part(whole, one)) own.push_back(&one);
  }
  return own;
}

std::string review_text(const std::vector<Difference>& differences) {
  const auto whole = whole_relations(differences);
  std::unordered_map<std::string, std::map<ObjectKind, int>> parts;
  for (const auto& one : differences) {
    if (is_part(whole, one)) ++parts[owner_relation(one.object)][one.object.key.kind];
  }
  std::string text;
  for (const auto& one : differences) {
    if (is_part(whole, one)) continue;
    const bool with_parts = is_relation(one.object.key.kind) && one.kind != Difference::Kind::changed;
    const auto found = with_parts ? parts.find(one.object.key.identity) : parts.end();
    text += fmt::format("{}{}", text.empty() ? "" : "\n",
                        with_changes(headline(one, found == parts.end() ? "" : parts_text(found->second)), one));
  }
  return text;
}

std::string unified_hunks(const std::string& before, const std::string& after) {
  if (before == after) return "";
  const auto left = lines_of(before);
  const auto right = lines_of(after);
  dtl::Diff<std::string, std::vector<std::string>> diff(left, right);
  diff.compose();
  diff.composeUnifiedHunks();
  std::ostringstream out;
  diff.printUnifiedFormat(out);
  auto text = out.str();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace dbmigrate
