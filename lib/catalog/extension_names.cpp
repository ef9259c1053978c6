// Finds `schema.name` in SQL as PostgreSQL prints it.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/extension_names.hpp"

#include <cctype>
#include <cstddef>
#include <string_view>

namespace dbmigrate {
namespace {

bool begins_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0; }
bool in_word(char c) { return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$'; }
bool in_operator(char c) { return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos; }

/// Behind the quoted text that begins at `at`; a doubled quote stands for itself.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] != quote) continue;
    if (at + 1 == text.size() || text[at + 1] != quote) return at + 1;
    ++at;
  }
  return text.size();
}

/// Behind the identifier at `at`, or `at` where there is none.
std::size_t end_of_identifier(std::string_view text, std::size_t at) {
  if (at == text.size()) return at;
  if (text[at] == '"') return end_of_quoted(text, at);
  if (!begins_word(text[at])) return at;
  while (at < text.size() && in_word(text[at])) ++at;
  return at;
}

std::size_t end_of_name(std::string_view text, std::size_t at) {
  if (at == text.size() || !in_operator(text[at])) return end_of_identifier(text, at);
  while (at < text.size() && in_operator(text[at])) ++at;
  return at;
}

enum class Schemas { known, any };

std::string without_schemas(std::string_view text, const ExtensionNames& names, Schemas schemas) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\'') {
      const auto end = end_of_quoted(text, at);
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    const auto end = end_of_identifier(text, at);
    if (end == at) {
      result += text[at++];
      continue;
    }
    const auto word = text.substr(at, end - at);
    at = end;
    if (end < text.size() && text[end] == '.') {
      const auto end_of_second = end_of_name(text, end + 1);
      const auto found = names.find(std::string(text.substr(end + 1, end_of_second - end - 1)));
      if (found != names.end() && (schemas == Schemas::any || found->second.contains(std::string(word)))) {
        result += found->first;
        at = end_of_second;
        continue;
      }
    }
    result += word;
  }
  return result;
}

}  // namespace

bool same_but_for_schemas(const std::string& expected, const std::string& live, const ExtensionNames& names) {
  if (names.empty()) return expected == live;
  return without_schemas(expected, names, Schemas::any) == without_schemas(live, names, Schemas::known);
}

}  // namespace dbmigrate
