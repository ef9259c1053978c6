// utf8proc stays behind this file.
// SPDX-License-Identifier: Apache-2.0
#include "report/width.hpp"

#include <utf8proc.h>

#include <cstddef>

namespace dbmigrate {
namespace {

struct Character {
  std::size_t bytes;
  int columns;
};

Character character_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t code = -1;
  const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                      static_cast<utf8proc_ssize_t>(text.size() - at), &code);
  if (bytes <= 0) return {1, 1};
  return {static_cast<std::size_t>(bytes), utf8proc_charwidth(code)};
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < line.size()) {
    const auto end = line.find(' ', at);
    if (end != at) words.emplace_back(line.substr(at, end - at));
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return words;
}

void wrap_line(std::string_view line, int width, std::vector<std::string>& lines) {
  if (width <= 0 || display_width(line) <= width) {
    lines.emplace_back(line);
    return;
  }
  std::string current;
  for (const auto& word : words_of(line)) {
    if (!current.empty() && display_width(current) + 1 + display_width(word) > width) {
      lines.push_back(std::move(current));
      current.clear();
    }
    if (!current.empty()) current += ' ';
    current += word;
  }
  lines.push_back(std::move(current));
}

}  // namespace

int display_width(std::string_view text) {
  int columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = character_at(text, at);
    columns += character.columns;
    at += character.bytes;
  }
  return columns;
}

std::string fit_to_width(std::string_view text, int width) {
  if (width <= 0 || display_width(text) <= width) return std::string(text);
  int columns = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto character = character_at(text, at);
    if (columns + character.columns > width - 1) break;
    columns += character.columns;
    at += character.bytes;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

std::vector<std::string> wrapped(std::string_view text, int width) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (true) {
    const auto end = text.find('\n', at);
    wrap_line(text.substr(at, end == std::string_view::npos ? end : end - at), width, lines);
    if (end == std::string_view::npos) return lines;
    at = end + 1;
  }
}

}  // namespace dbmigrate
