// Most text is plain ASCII, so that is looked for first.
// SPDX-License-Identifier: Apache-2.0
#include "core/visible_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/source_text.hpp"

namespace dbmigrate {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte < 0x7F) || c == '\n' || c == '\t';
}

/// The well-formed character at `at`; 0 bytes where there is none.
struct Character {
  std::size_t bytes = 0;
  unsigned code = 0;
};

Character character_at(std::string_view text, std::size_t at) {
  const unsigned lead = byte_at(text, at);
  if (lead < 0x80) return {1, lead};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const auto whole = text.substr(at, bytes);
  if (first_invalid_utf8(whole) != std::string_view::npos) return {};
  unsigned code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6U | (byte_at(whole, i) & 0x3FU);
  return {bytes, code};
}

/// C0, DEL, C1; line and paragraph separator; embeddings, overrides and isolates of direction; the byte-order mark.
/// Joiners stay: scripts and emoji are written with them.
bool is_unseen(unsigned code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x200E || code == 0x200F || code == 0x61C ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

/// How long the colour at `at` is; 0 when there is none.
std::size_t colour_length(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", at + 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 - at : 0;
}

}  // namespace

std::size_t first_unseen_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto character = character_at(text, at);
    if (character.bytes > 0 && is_unseen(character.code)) return at;
    at += std::max<std::size_t>(character.bytes, 1);
  }
  return std::string_view::npos;
}

std::string visible_text(std::string_view text, Colours colours) {
  std::string shown;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_plain) - text.begin());
    shown += text.substr(at, plain - at);
    at = plain;
    if (at == text.size()) break;
    if (const auto colour = colour_length(text, at); colour > 0 && colours == Colours::kept) {
      shown += text.substr(at, colour);
      at += colour;
      continue;
    }
    const auto character = character_at(text, at);
    if (character.bytes == 0 || character.code < 0x80) {
      shown += fmt::format("\\x{:02x}", byte_at(text, at));
    } else if (is_unseen(character.code)) {
      shown += fmt::format("\\u{:04x}", character.code);
    } else {
      shown += text.substr(at, character.bytes);
    }
    at += std::max<std::size_t>(character.bytes, 1);
  }
  return shown;
}

std::string visible_json(std::string document) {
  if (std::all_of(document.begin(), document.end(), is_plain)) return document;
  std::string shown;
  shown.reserve(document.size());
  for (std::size_t at = 0; at < document.size();) {
    const auto character = character_at(document, at);
    const auto bytes = std::max<std::size_t>(character.bytes, 1);
    const bool hidden = character.code >= 0x7F && is_unseen(character.code);
    shown += hidden ? fmt::format("\\u{:04x}", character.code) : document.substr(at, bytes);
    at += bytes;
  }
  return shown;
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  const auto left_out = text.size() - most;
  while (most > 0 && (byte_at(text, most) & 0xC0U) == 0x80U) --most;
  text.resize(most);
  return text + fmt::format(" … ({} bytes more)", left_out);
}

}  // namespace dbmigrate
