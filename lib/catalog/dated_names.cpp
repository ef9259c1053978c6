// Whole words replaced, in names and in whatever the server prints of them.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/dated_names.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace dbmigrate {
namespace {

constexpr std::string_view kMark = "_archived_";
constexpr std::string_view kDay = "YYYYMMDD";

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_dated(std::string_view word) {
  if (word.size() <= kMark.size() + kDay.size()) return false;
  const auto day = word.substr(word.size() - kDay.size());
  return std::all_of(day.begin(), day.end(), is_digit) && word.substr(0, word.size() - kDay.size()).ends_with(kMark);
}

/// The word that begins at `start`.
std::string_view word_at(std::string_view text, std::size_t start) {
  std::size_t end = start;
  while (end < text.size() && in_word(text[end])) ++end;
  return text.substr(start, end - start);
}

std::string replaced(std::string_view text, const std::map<std::string, std::string>& by) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto word = word_at(text, at);
    if (word.empty()) {
      result += text[at++];
      continue;
    }
    const auto found = by.find(std::string(word));
    result += found == by.end() ? word : std::string_view(found->second);
    at += word.size();
  }
  return result;
}

bool is_relation(ObjectKind kind) {
  return kind == ObjectKind::table || kind == ObjectKind::foreign_table || kind == ObjectKind::sequence ||
         kind == ObjectKind::view || kind == ObjectKind::materialized_view;
}

std::string_view last_word(std::string_view identity) {
  if (identity.ends_with('"')) identity.remove_suffix(1);
  std::size_t start = identity.size();
  while (start > 0 && in_word(identity[start - 1])) --start;
  return identity.substr(start);
}

/// Dated names to what they are called instead: of several days the latest, which is the last by name.
std::map<std::string, std::string> days_to_replace(const std::map<ObjectKey, Properties>& objects) {
  std::map<std::string, std::string> latest;
  for (const auto& [key, properties] : objects) {
    if (!is_relation(key.kind)) continue;
    const auto word = last_word(key.identity);
    if (!is_dated(word)) continue;
    auto& name = latest[std::string(word.substr(0, word.size() - kDay.size())) + std::string(kDay)];
    name = std::max(name, std::string(word));
  }
  std::map<std::string, std::string> replace;
  for (const auto& [undated, name] : latest) replace.emplace(name, undated);
  return replace;
}

}  // namespace

std::map<ObjectKey, Properties> without_days(std::map<ObjectKey, Properties> objects,
                                             std::map<std::string, std::string>& names) {
  const auto replace = days_to_replace(objects);
  if (replace.empty()) return objects;
  for (const auto& [name, undated] : replace) names.emplace(undated, name);
  std::map<ObjectKey, Properties> result;
  for (auto& [key, properties] : objects) {
    for (auto& [property, value] : properties) {
      if (value.find(kMark) != std::string::npos) value = replaced(value, replace);
    }
    result.emplace(ObjectKey{key.kind, replaced(key.identity, replace)}, std::move(properties));
  }
  return result;
}

bool has_day_left_out(std::string_view identity) {
  return last_word(identity).ends_with(std::string(kMark) + std::string(kDay));
}

std::string name_before(std::string_view identity) {
  if (!has_day_left_out(identity)) return "";
  const auto quoted = identity.ends_with('"') ? 1U : 0U;
  const auto kept = identity.size() - quoted - kMark.size() - kDay.size();
  return std::string(identity.substr(0, kept)) + std::string(identity.substr(identity.size() - quoted));
}

std::string with_days(std::string identity, const std::map<std::string, std::string>& names) {
  return names.empty() ? identity : replaced(identity, names);
}

}  // namespace dbmigrate
