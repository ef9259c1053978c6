// The aliases of PostgreSQL's documentation ("Data Types"), with their lengths put where format_type() puts them.
// SPDX-License-Identifier: Apache-2.0
#include "contract/column_type.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

namespace dbmigrate {
namespace {

struct Alias {
  std::string_view written;
  std::string_view name;
  std::string_view behind;  ///< what follows the length: `timestamp(3) with time zone`
};

constexpr std::array<Alias, 22> kAliases{{
    {"int", "integer", ""},
    {"int4", "integer", ""},
    {"int2", "smallint", ""},
    {"int8", "bigint", ""},
    {"bool", "boolean", ""},
    {"float", "double precision", ""},
    {"float4", "real", ""},
    {"float8", "double precision", ""},
    {"decimal", "numeric", ""},
    {"dec", "numeric", ""},
    {"varchar", "character varying", ""},
    {"char varying", "character varying", ""},
    {"char", "character", ""},
    {"varbit", "bit varying", ""},
    {"timestamptz", "timestamp", " with time zone"},
    {"timestamp with time zone", "timestamp", " with time zone"},
    {"timestamp", "timestamp", " without time zone"},
    {"timestamp without time zone", "timestamp", " without time zone"},
    {"timetz", "time", " with time zone"},
    {"time with time zone", "time", " with time zone"},
    {"time", "time", " without time zone"},
    {"time without time zone", "time", " without time zone"},
}};

/// Blanks only where words would run together.
std::string tidy(std::string_view text) {
  constexpr std::string_view kTight = "(),[]";
  std::string result;
  bool quoted = false;
  bool blank = false;
  for (const char c : text) {
    if (!quoted && (c == ' ' || c == '\t' || c == '\n')) {
      blank = true;
      continue;
    }
    const bool tight = kTight.find(c) != std::string_view::npos && c != '(';
    const bool wanted = blank && !result.empty() && !tight && c != '(' && result.back() != '(' && result.back() != ',';
    if (wanted) result += ' ';
    blank = false;
    if (c == '"') quoted = !quoted;
    result += c;
  }
  return result;
}

/// A name, the length behind its first word (with parentheses) and whether it is an array.
struct Parts {
  std::string name;
  std::string length;
  bool array = false;
};

Parts parts_of(std::string text) {
  Parts parts;
  while (text.ends_with(']')) {
    const auto open = text.rfind('[');
    if (open == std::string::npos) break;
    text.erase(open);
    parts.array = true;
  }
  const auto open = text.find('(');
  const auto close = text.find(')', open == std::string::npos ? 0 : open);
  if (open != std::string::npos && close != std::string::npos) {
    parts.length = text.substr(open, close - open + 1);
    text.erase(open, close - open + 1);
  }
  parts.name = std::move(text);
  return parts;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// A length of one is what `char` and `bit` without any mean.
std::string length_of(std::string_view name, std::string length) {
  return length.empty() && (name == "character" || name == "bit") ? "(1)" : std::move(length);
}

}  // namespace

std::string canonical_type(std::string_view written) {
  auto tidied = tidy(written);
  if (tidied.find('"') != std::string::npos) return tidied;
  auto parts = parts_of(lower(tidied));
  std::string_view behind;
  const auto alias =
      std::find_if(kAliases.begin(), kAliases.end(), [&](const Alias& one) { return one.written == parts.name; });
  if (alias != kAliases.end()) {
    parts.name = alias->name;
    behind = alias->behind;
  }
  const auto length = length_of(parts.name, std::move(parts.length));
  return parts.name + length + std::string(behind) + (parts.array ? "[]" : "");
}

bool same_type(std::string_view wanted, std::string_view printed) {
  constexpr std::string_view kPublic = "public.";
  return wanted == printed || (printed.starts_with(kPublic) && printed.substr(kPublic.size()) == wanted);
}

}  // namespace dbmigrate
