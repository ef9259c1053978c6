// Most files are plain ASCII, so that is looked for eight bytes at a time.
// SPDX-License-Identifier: Apache-2.0
#include "core/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace dbmigrate {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// The end of the run of ASCII that starts at `at`.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  while (at + sizeof(std::uint64_t) <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += sizeof word;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

/// How long the well-formed sequence at `at` is, 0 when there is none (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const unsigned lead = byte_at(text, at);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  const unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  const unsigned second = byte_at(text, at + 1);
  if (second < lowest || second > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

[[noreturn]] void refuse_byte(std::string_view text, std::size_t offset, const std::string& file, ErrorCode code) {
  const bool wide = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  throw Error({.code = code,
               .message = fmt::format("{} is not UTF-8", file),
               .detail = fmt::format("The first byte that is wrong is 0x{:02X}.", byte_at(text, offset)),
               .hint = wide ? "It looks like UTF-16. Save it as UTF-8." : "Save it as UTF-8.",
               .at = location_in(text, offset, file)});
}

void normalise_line_ends(std::string& text) {
  const auto first = text.find("\r\n");
  if (first == std::string::npos) return;
  std::size_t to = first;
  for (std::size_t from = first; from < text.size(); ++from) {
    if (text[from] == '\r' && from + 1 < text.size() && text[from + 1] == '\n') continue;
    text[to++] = text[from];
  }
  text.resize(to);
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  for (std::size_t at = skip_ascii(text, 0); at < text.size(); at = skip_ascii(text, at)) {
    const auto length = sequence_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

Location location_in(std::string_view text, std::size_t offset, std::string file) {
  const auto before = text.substr(0, offset);
  const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto on_line = before.substr(line_start);
  const auto characters = std::count_if(on_line.begin(), on_line.end(),
                                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return {.file = std::move(file),
          .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = static_cast<int>(characters) + 1};
}

std::string source_text(std::string bytes, const std::string& file, ErrorCode code) {
  if (std::string_view(bytes).starts_with(kByteOrderMark)) bytes.erase(0, kByteOrderMark.size());
  if (const auto wrong = first_invalid_utf8(bytes); wrong != std::string::npos) refuse_byte(bytes, wrong, file, code);
  if (const auto nul = bytes.find('\0'); nul != std::string::npos) {
    throw Error({.code = code,
                 .message = fmt::format("{} contains a NUL byte", file),
                 .detail = "PostgreSQL's text cannot hold one.",
                 .hint = "Save the file as UTF-8 text without it.",
                 .at = location_in(bytes, nul, file)});
  }
  normalise_line_ends(bytes);
  return bytes;
}

}  // namespace dbmigrate
