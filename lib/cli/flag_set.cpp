// Declarations of flags, and their values from text.
// SPDX-License-Identifier: Apache-2.0
#include "cli/flag_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

Milliseconds duration_of(const Flag& flag, const std::string& text) {
  if (const auto duration = parse_duration(text)) return *duration;
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("{} takes a duration, not \"{}\"", flag.name, text),
               .hint = "Write a number with its unit: 500ms, 2s, 5min, 1h or a bare 0."});
}

std::int64_t number_of(const Flag& flag, const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  throw Error(
      {.code = ErrorCode::usage, .message = fmt::format("{} takes a whole number, not \"{}\"", flag.name, text)});
}

void check_choice(const Flag& flag, const std::string& text) {
  if (flag.choices.empty() || std::find(flag.choices.begin(), flag.choices.end(), text) != flag.choices.end()) return;
  const std::string meant = did_you_mean(text, flag.choices);
  throw Error({.code = ErrorCode::usage,
               .message = fmt::format("{} does not take \"{}\"", flag.name, text),
               .detail = fmt::format("It takes {}.", listed(flag.choices)),
               .hint = meant});
}

std::string upper(std::string_view text) {
  std::string result;
  for (const char c : text) result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

}  // namespace

Flag& Flag::required() {
  is_required = true;
  return *this;
}

Flag& Flag::value(std::string shown) {
  value_name = std::move(shown);
  return *this;
}

Flag& Flag::default_is(std::string text) {
  default_text = std::move(text);
  return *this;
}

Flag& Flag::one_of(std::vector<std::string> permitted) {
  choices = std::move(permitted);
  return *this;
}

Flag& Flag::completes(Completes what) {
  completion = what;
  return *this;
}

Flag& FlagSet::add(const std::string& names, std::string value_name, std::string description) {
  Flag& flag = flags_.emplace_back();
  const auto comma = names.find(',');
  if (!names.starts_with("-")) {
    flag.name = upper(names);
    flag.value_name = flag.name;
  } else {
    flag.name = comma == std::string::npos ? names : names.substr(comma + 1);
    if (comma != std::string::npos) flag.short_name = names.substr(0, comma);
    flag.value_name = std::move(value_name);
  }
  flag.description = std::move(description);
  return flag;
}

Flag& FlagSet::add_flag(const std::string& names, bool& value, std::string description) {
  Flag& flag = add(names, "", std::move(description));
  flag.take = [&value](const std::string&) { value = true; };
  return flag;
}

Flag& FlagSet::add_option(const std::string& names, std::string& value, std::string description) {
  Flag& flag = add(names, "TEXT", std::move(description));
  flag.default_text = value;
  flag.take = [&flag, &value](const std::string& text) {
    check_choice(flag, text);
    value = text;
  };
  return flag;
}

Flag& FlagSet::add_option(const std::string& names, std::optional<std::string>& value, std::string description) {
  Flag& flag = add(names, "TEXT", std::move(description));
  flag.take = [&flag, &value](const std::string& text) {
    check_choice(flag, text);
    value = text;
  };
  return flag;
}

Flag& FlagSet::add_option(const std::string& names, std::vector<std::string>& values, std::string description) {
  Flag& flag = add(names, "TEXT", std::move(description));
  flag.is_repeatable = true;
  flag.take = [&flag, &values](const std::string& text) {
    check_choice(flag, text);
    values.push_back(text);
  };
  return flag;
}

Flag& FlagSet::add_option(const std::string& names, std::optional<Milliseconds>& value, std::string description) {
  Flag& flag = add(names, "DURATION", std::move(description));
  flag.take = [&flag, &value](const std::string& text) { value = duration_of(flag, text); };
  return flag;
}

Flag& FlagSet::add_option(const std::string& names, Milliseconds& value, std::string description) {
  Flag& flag = add(names, "DURATION", std::move(description));
  flag.default_text = duration_text(value);
  flag.take = [&flag, &value](const std::string& text) { value = duration_of(flag, text); };
  return flag;
}

Flag& FlagSet::add_option(const std::string& names, std::optional<std::int64_t>& value, std::string description) {
  Flag& flag = add(names, "NUMBER", std::move(description));
  flag.take = [&flag, &value](const std::string& text) { value = number_of(flag, text); };
  return flag;
}

Flag& FlagSet::add_option(const std::string& names, std::int64_t& value, std::string description) {
  Flag& flag = add(names, "NUMBER", std::move(description));
  flag.default_text = std::to_string(value);
  flag.take = [&flag, &value](const std::string& text) { value = number_of(flag, text); };
  return flag;
}

const Flag* FlagSet::find(std::string_view name) const {
  for (const auto& flag : flags_) {
    if (!flag.is_argument() && (flag.name == name || (!name.empty() && flag.short_name == name))) return &flag;
  }
  return nullptr;
}

}  // namespace dbmigrate
