// Bytes to lines and characters, and back.
// SPDX-License-Identifier: Apache-2.0
#include "sql/line_counter.hpp"

#include <algorithm>

namespace dbmigrate::sql {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::size_t byte_order_mark(std::string_view text) { return text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0; }

LineCounter::LineCounter(std::string_view text) : text_(text), offset_(byte_order_mark(text)) {}

Position LineCounter::at(std::size_t offset) {
  for (const auto end = std::min(offset, text_.size()); offset_ < end; ++offset_) {
    if (text_[offset_] == '\n') {
      ++position_.line;
      position_.column = 1;
    } else if (begins_character(text_[offset_])) {
      ++position_.column;
    }
  }
  return position_;
}

Position position_at(std::string_view text, std::size_t offset) { return LineCounter(text).at(offset); }

std::size_t byte_offset(std::string_view text, std::size_t characters) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!begins_character(text[at])) continue;
    if (characters == 0) return at;
    --characters;
  }
  return text.size();
}

}  // namespace dbmigrate::sql
