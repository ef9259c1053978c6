// Prefixes of revision names.
// SPDX-License-Identifier: Apache-2.0
#include "graph/name_prefix.hpp"

#include <cstddef>

namespace dbmigrate {
namespace {

constexpr std::ptrdiff_t kEnoughCharacters = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::ptrdiff_t characters_in(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

}  // namespace

bool is_name_prefix(std::string_view prefix, std::string_view name) {
  if (prefix.empty() || prefix.size() >= name.size() || !name.starts_with(prefix)) return false;
  return name[prefix.size()] == '_' || characters_in(prefix) >= kEnoughCharacters;
}

bool cuts_number(std::string_view prefix, std::string_view name) {
  return !prefix.empty() && prefix.size() < name.size() && is_digit(prefix.back()) && is_digit(name[prefix.size()]);
}

}  // namespace dbmigrate
