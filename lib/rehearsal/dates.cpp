// Digits in the places where dates have them.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/dates.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dbmigrate {
namespace {

constexpr std::string_view kMark = "<date>";
constexpr std::string_view kSeparators = "-_./";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes a text apart from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t read() const { return at_; }
  /// Exactly that many digits, whose value lies between; nothing is read where it is otherwise.
  bool number(std::size_t digits, int least, int most) {
    if (text_.size() < at_ + digits) return false;
    int value = 0;
    for (std::size_t i = at_; i < at_ + digits; ++i) {
      if (!is_digit(text_[i])) return false;
      value = value * 10 + (text_[i] - '0');
    }
    if (value < least || value > most) return false;
    at_ += digits;
    return true;
  }
  /// One of those characters; 0 where the next is none.
  char one_of(std::string_view characters) {
    if (at_ >= text_.size() || characters.find(text_[at_]) == std::string_view::npos) return '\0';
    return text_[at_++];
  }
  void digits() {
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  }
  [[nodiscard]] bool ends_number() const { return at_ >= text_.size() || !is_digit(text_[at_]); }
  void back_to(std::size_t at) { at_ = at; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// ` 09:00:00.123+00`, `_090000`; nothing where it is no time.
void read_time(Reader& reader) {
  const auto start = reader.read();
  reader.one_of(" T_-");
  const bool hours = reader.number(2, 0, 24);
  const bool colon = reader.one_of(":") != '\0';
  if (!hours || !reader.number(2, 0, 59)) return reader.back_to(start);
  if (reader.one_of(":") != '\0' || !colon) reader.number(2, 0, 60);
  if (reader.one_of(".") != '\0') reader.digits();
  const auto zone = reader.read();
  if (reader.one_of("+-") == '\0' || !reader.number(2, 0, 15)) {
    reader.back_to(zone);
  } else if (reader.one_of(":") != '\0') {
    reader.number(2, 0, 59);
  }
  if (!reader.ends_number()) reader.back_to(start);
}

/// The length of the date at the front of `text`; 0 = there is none.
std::size_t date_length(std::string_view text) {
  Reader reader(text);
  if (!reader.number(4, 1900, 2199)) return 0;
  const char separator = reader.one_of(kSeparators);
  if (!reader.number(2, 1, 12)) return 0;
  const auto month = reader.read();
  const bool same = separator == '\0' || reader.one_of(std::string_view(&separator, 1)) != '\0';
  if (!same || !reader.number(2, 1, 31)) {
    reader.back_to(month);
    return separator != '\0' && reader.ends_number() ? month : 0;
  }
  const auto day = reader.read();
  read_time(reader);
  if (!reader.ends_number()) reader.back_to(day);
  return reader.ends_number() ? reader.read() : 0;
}

}  // namespace

std::string without_dates(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const bool starts_number = is_digit(text[at]) && (at == 0 || !is_digit(text[at - 1]));
    const auto length = starts_number ? date_length(text.substr(at)) : 0;
    if (length == 0) {
      result += text[at++];
    } else {
      result += kMark;
      at += length;
    }
  }
  return result;
}

std::vector<std::string> spellings_of_day(std::string_view day) {
  const std::string year(day.substr(0, 4));
  const std::string month(day.substr(5, 2));
  const std::string date(day.substr(8, 2));
  std::vector<std::string> spellings{year + month + date};
  for (const char* const separator : {"-", "_", "."}) {
    std::string of_month = year + separator;
    of_month += month;
    std::string of_day = of_month + separator;
    of_day += date;
    spellings.push_back(std::move(of_day));
    spellings.push_back(std::move(of_month));
  }
  spellings.push_back(year + month);
  return spellings;
}

bool holds_spelling(std::string_view text, std::string_view spelling) {
  for (auto at = text.find(spelling); at != std::string_view::npos; at = text.find(spelling, at + 1)) {
    const auto end = at + spelling.size();
    if ((at == 0 || !is_digit(text[at - 1])) && (end == text.size() || !is_digit(text[end]))) return true;
  }
  return false;
}

}  // namespace dbmigrate
