// Reads a database's url as libpq does, and more suspiciously where a password could show.
// SPDX-License-Identifier: Apache-2.0
#include "config/database_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include "core/error.hpp"

namespace dbmigrate {
namespace {

struct Span {
  std::size_t begin;
  std::size_t end;
};

bool is_url(std::string_view url) { return url.find("://") != std::string_view::npos; }

/// Also spelt otherwise than libpq has it: a mistake is told, and must not be told with the password in it.
bool is_secret_key(std::string_view key) {
  std::string lower(key);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 5> kSecrets{"password", "sslpassword", "oauth_client_secret",
                                                     "scram_client_key", "scram_server_key"};
  return std::find(kSecrets.begin(), kSecrets.end(), lower) != kSecrets.end();
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

/// Without an @ the colon begins a port, which has digits; what has none is a password whose @ HOST was forgotten.
void find_in_ports(std::string_view url, std::size_t begin, std::vector<Span>& spans) {
  const std::size_t end = std::min(url.find_first_of("/?", begin), url.size());
  while (begin < end) {
    const std::size_t comma = std::min(url.find(',', begin), end);
    const std::size_t bracket = url.substr(0, comma).rfind(']');
    const std::size_t colon = url.find(':', bracket == std::string_view::npos || bracket < begin ? begin : bracket);
    if (colon < comma) {
      const auto port = url.substr(colon + 1, comma - colon - 1);
      if (!std::all_of(port.begin(), port.end(), is_digit)) spans.push_back({colon + 1, comma});
    }
    begin = comma + 1;
  }
}

/// Up to the last @ before the query: an unescaped @ or / in a password is the user's mistake, and hidden all the same.
/// So is a ?, where no database stands before it.
void find_in_userinfo(std::string_view url, std::vector<Span>& spans) {
  const std::size_t begin = url.find("://") + 3;
  const std::size_t query = std::min(url.find('?', begin), url.size());
  std::size_t at = url.substr(0, query).rfind('@');
  const bool has_at = at != std::string_view::npos && at >= begin;
  if (!has_at && url.substr(begin, query - begin).find('/') == std::string_view::npos) at = url.rfind('@');
  if (at == std::string_view::npos || at < begin) return find_in_ports(url, begin, spans);
  const std::size_t colon = url.find(':', begin);
  if (colon != std::string_view::npos && colon + 1 < at) spans.push_back({colon + 1, at});
}

void find_in_query(std::string_view url, std::vector<Span>& spans) {
  std::size_t at = url.find('?');
  while (at != std::string_view::npos && ++at < url.size()) {
    const std::size_t end = std::min(url.find('&', at), url.size());
    const std::size_t equals = url.find('=', at);
    if (equals < end && is_secret_key(percent_decoded(url.substr(at, equals - at))) && equals + 1 < end) {
      spans.push_back({equals + 1, end});
    }
    at = end == url.size() ? std::string_view::npos : end;
  }
}

/// The end of a conninfo value that begins at `at`: a quoted one ends behind its quote.
std::size_t value_end(std::string_view text, std::size_t at) {
  const bool quoted = at < text.size() && text[at] == '\'';
  if (quoted) ++at;
  while (at < text.size() && (quoted ? text[at] != '\'' : !is_space(text[at]))) at += text[at] == '\\' ? 2U : 1U;
  if (quoted) ++at;
  return std::min(at, text.size());
}

/// The end of the keyword at `at` and of the blanks behind it, where an = has to stand.
std::size_t keyword_end(std::string_view text, std::size_t at) {
  while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) ++at;
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

/// What does not read as KEYWORD = VALUE is the rest of a value with a blank or a quote in it, perhaps a password's.
void find_in_conninfo(std::string_view text, std::vector<Span>& spans) {
  bool secret_before = false;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t key_at = std::min(text.find_first_not_of(" \t\n\v\f\r", at), text.size());
    const std::size_t equals = keyword_end(text, key_at);
    if (key_at == text.size()) return;
    if (equals >= text.size() || text[equals] != '=' || equals == key_at) {
      if (secret_before) spans.push_back({key_at, text.size()});
      return;
    }
    std::string_view key = text.substr(key_at, equals - key_at);
    while (is_space(key.back())) key.remove_suffix(1);
    std::size_t begin = equals + 1;
    while (begin < text.size() && is_space(text[begin])) ++begin;
    const std::size_t end = value_end(text, begin);
    const bool secret = is_secret_key(key);
    if (secret && begin < end) spans.push_back({begin, end});
    secret_before = secret_before || secret;
    at = std::max(end, at + 1);
  }
}

std::vector<Span> password_spans(std::string_view url) {
  std::vector<Span> spans;
  if (is_url(url)) {
    find_in_userinfo(url, spans);
    find_in_query(url, spans);
  } else {
    find_in_conninfo(url, spans);
  }
  return spans;
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    plain += text[i];
  }
  return plain;
}

void add_once(std::vector<std::string>& forms, std::string form) {
  if (!form.empty() && std::find(forms.begin(), forms.end(), form) == forms.end()) forms.push_back(std::move(form));
}

/// What libpq would quote of a value that goes wrong half-way.
void add_words(std::vector<std::string>& forms, std::string_view raw) {
  constexpr std::string_view kBreaks = " \t\n\v\f\r'";
  if (raw.find_first_of(kBreaks.substr(0, 6)) == std::string_view::npos) return;
  for (std::size_t at = 0; at < raw.size();) {
    const auto begin = std::min(raw.find_first_not_of(kBreaks, at), raw.size());
    at = std::min(raw.find_first_of(kBreaks, begin), raw.size());
    if (at - begin > 2) add_once(forms, std::string(raw.substr(begin, at - begin)));
  }
}

[[noreturn]] void not_a_database(const std::string& from, std::string detail, std::string hint) {
  throw Error({.code = ErrorCode::invalid_config,
               .message = fmt::format("{} does not name a PostgreSQL database", from),
               .detail = std::move(detail),
               .hint = std::move(hint)});
}

}  // namespace

std::vector<std::string> passwords_in(std::string_view url) {
  std::vector<std::string> forms;
  for (const auto& span : password_spans(url)) {
    const std::string_view raw = url.substr(span.begin, span.end - span.begin);
    add_once(forms, std::string(raw));
    add_once(forms, is_url(url) ? percent_decoded(raw) : unquoted(raw));
    if (!is_url(url)) add_words(forms, raw);
    // libpq ends the password at the first @ and tells the rest as part of a host name.
    const auto at = raw.find('@');
    if (is_url(url) && at != std::string_view::npos) {
      add_once(forms, std::string(raw.substr(0, at)));
      add_once(forms, std::string(raw.substr(at + 1)));
    }
  }
  return forms;
}

std::string redacted(std::string_view url) {
  std::string text(url);
  auto spans = password_spans(url);
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin > b.begin; });
  for (const auto& span : spans) text.replace(span.begin, span.end - span.begin, "***");
  return text;
}

void check_database_url(std::string_view url, const std::string& from) {
  if (url.starts_with("embedded:") || url.starts_with("postgresql://") || url.starts_with("postgres://")) return;
  const std::string_view scheme = url.substr(0, std::min(url.find("://"), url.size()));
  if (is_url(url) && scheme.starts_with("postgres") && scheme.find('+') != std::string_view::npos) {
    not_a_database(from, fmt::format("Its scheme is {}://, which names a Python driver.", scheme),
                   "Write postgresql:// alone.");
  }
  if (is_url(url) && scheme.starts_with("jdbc:")) {
    not_a_database(from, "It is a JDBC url.", "Write postgresql:// and put the user in front of the host.");
  }
  if (!is_url(url) && url.find('=') != std::string_view::npos) return;
  not_a_database(from, "It is neither a URL that begins with postgresql:// nor a conninfo string.",
                 "Write postgresql://USER@HOST:PORT/DATABASE, \"host=… dbname=…\" or embedded:.");
}

}  // namespace dbmigrate
