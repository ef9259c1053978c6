// Nearly every file has none, so the search is for one word and the rest is looked at only where it stands.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/directives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/source_text.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kWord = "dbmigrate";
constexpr std::string_view kBlanks = " \t\r";

std::size_t find_word(std::string_view text, std::size_t from) {
  const void* const found = memmem(text.data() + from, text.size() - from, kWord.data(), kWord.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

[[noreturn]] void refuse(const SqlText& sql, std::size_t offset, std::string message, std::string detail,
                         std::string hint) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = location_in(sql, offset)});
}

/// One line, taken apart.
class Line {
 public:
  Line(const SqlText& sql, std::size_t begin, std::size_t word_end, std::size_t end)
      : sql_(sql), begin_(begin), end_(end), body_(text().substr(word_end, end - word_end)) {}

  Directive read() const {
    if (const auto words = trimmed(body_); words.starts_with("allow")) {
      const auto rest = words.substr(std::string_view("allow").size());
      if (rest.empty() || kBlanks.find(rest.front()) != std::string_view::npos) return allow(trimmed(rest));
    }
    if (body_.find('=') != std::string_view::npos) return setting();
    return section();
  }

 private:
  [[nodiscard]] std::string_view text() const { return sql_.text; }
  [[nodiscard]] std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - text().data());
  }
  [[nodiscard]] std::size_t behind() const { return end_ < text().size() ? end_ + 1 : end_; }

  [[nodiscard]] Directive allow(std::string_view rest) const {
    const auto rule = rest.substr(0, rest.find_first_of(kBlanks));
    const auto reason = trimmed(rest.substr(rule.size()));
    if (rule.empty() || reason.empty()) {
      refuse(sql_, offset_of(trimmed(body_)), rule.empty() ? "allow names no rule" : "allow gives no reason",
             "A finding is let through knowingly, or not at all.", "Write -- dbmigrate: allow RULE-ID reason.");
    }
    return {Directive::Kind::allow, begin_, behind(), offset_of(rule), offset_of(reason), rule, reason};
  }

  [[nodiscard]] Directive setting() const {
    const auto equals = body_.find('=');
    const auto key = trimmed(body_.substr(0, equals));
    const auto value = trimmed(body_.substr(equals + 1));
    if (key.empty() || value.empty()) {
      const auto words = trimmed(body_);
      refuse(sql_, offset_of(words),
             key.empty() ? "a setting has no name" : fmt::format("the setting {} has no value", key),
             fmt::format("The line says {}.", words), "Write -- dbmigrate: key=value.");
    }
    return {Directive::Kind::setting, begin_, behind(), offset_of(key), offset_of(value), key, value};
  }

  [[nodiscard]] Directive section() const {
    const auto word = trimmed(body_);
    if (word == "up" || word == "down") {
      const auto kind = word == "up" ? Directive::Kind::up : Directive::Kind::down;
      return {kind, begin_, behind(), offset_of(word), offset_of(word), word, {}};
    }
    const std::vector<std::string> known{"up", "down", "allow"};
    auto hint = did_you_mean(word.substr(0, word.find_first_of(kBlanks)), known);
    if (hint.empty())
      hint = "Write -- dbmigrate: key=value, -- dbmigrate:up, -- dbmigrate:down or -- dbmigrate: allow RULE-ID reason.";
    refuse(sql_, word.empty() ? begin_ : offset_of(word),
           word.empty() ? "a dbmigrate line says nothing" : fmt::format("unknown dbmigrate line \"{}\"", word),
           "Lines of this form are settings, sections or allowed findings.", std::move(hint));
  }

  const SqlText& sql_;
  std::size_t begin_;
  std::size_t end_;
  std::string_view body_;
};

/// `-- dbmigrate transaction=none` would be a mere comment, and its writer would not know.
void refuse_missing_colon(const SqlText& sql, std::size_t word, std::string_view rest) {
  const auto words = trimmed(rest);
  const auto key = words.substr(0, words.find_first_of("= \t"));
  const bool meant = (key.size() < words.size() && words[key.size()] == '=') || words == "up" || words == "down";
  if (rest.empty() || kBlanks.find(rest.front()) == std::string_view::npos || key.empty() || !meant) return;
  refuse(sql, word, "a dbmigrate line lacks its colon", "Without it the line is a comment like any other.",
         "Write -- dbmigrate: and the setting.");
}

}  // namespace

Location location_in(const SqlText& sql, std::size_t offset) {
  Location at = location_in(sql.text, offset, sql.file);
  at.line += sql.first_line - 1;
  at.column += sql.indent;
  return at;
}

std::optional<Directive> next_directive(const SqlText& sql, std::size_t from) {
  const std::string_view text = sql.text;
  for (auto word = find_word(text, from); word != std::string_view::npos; word = find_word(text, word + 1)) {
    const auto feed = word == 0 ? std::string_view::npos : text.rfind('\n', word - 1);
    const auto begin = feed == std::string_view::npos ? 0 : feed + 1;
    if (begin < from) continue;
    const auto lead = trimmed(text.substr(begin, word - begin));
    if (lead != "--") continue;
    const auto word_end = word + kWord.size();
    const auto end = std::min(text.find('\n', word_end), text.size());
    const auto rest = text.substr(word_end, end - word_end);
    if (rest.starts_with(":")) return Line(sql, begin, word_end + 1, end).read();
    refuse_missing_colon(sql, word, rest);
  }
  return std::nullopt;
}

std::size_t skip_blanks_and_comments(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (true) {
    at = std::min(text.find_first_not_of(" \t\r\n\f\v", at), text.size());
    const auto rest = text.substr(at);
    if (rest.starts_with("--")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (rest.starts_with("/*")) {
      int depth = 1;
      std::size_t inside = at + 2;
      for (; depth > 0 && inside + 1 < text.size(); ++inside) {
        const auto pair = text.substr(inside, 2);
        if (pair != "/*" && pair != "*/") continue;
        depth += pair == "/*" ? 1 : -1;
        ++inside;
      }
      if (depth > 0) return at;  // never closed: the server's to refuse, not blank
      at = inside;
    } else {
      return at;
    }
  }
}

bool has_statement(std::string_view text) {
  std::size_t at = skip_blanks_and_comments(text, 0);
  while (at < text.size() && text[at] == ';') at = skip_blanks_and_comments(text, at + 1);
  return at < text.size();
}

}  // namespace dbmigrate
