// Expected and found, at the place where it stands.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/words.hpp"

namespace dbmigrate::yaml {
namespace {

constexpr std::size_t kLongestQuote = 60;

/// `"text"`, cut where it is long.
std::string in_quotes(std::string_view text) {
  const auto line_end = text.find('\n');
  const auto line = text.substr(0, line_end);
  if (line.size() <= kLongestQuote && line_end == std::string_view::npos) return fmt::format("\"{}\"", line);
  auto length = std::min(line.size(), kLongestQuote);
  while (length > 0 && length < line.size() && (static_cast<unsigned char>(line[length]) & 0xC0U) == 0x80U) --length;
  return fmt::format("\"{}…\"", line.substr(0, length));
}

std::string what_is(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
      return node.text.empty() ? "nothing" : "null";
    case NodeKind::scalar:
      return in_quotes(node.text);
    case NodeKind::sequence:
      return "a list";
    case NodeKind::mapping:
      return "a mapping";
  }
  return "nothing";
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n\r") == std::string_view::npos; }

std::string quoted_list(const std::vector<std::string>& words) {
  return fmt::format("\"{}\"", fmt::join(words, "\", \""));
}

}  // namespace

Location Value::at() const { return {.file = document_->file, .line = node_->line, .column = node_->column}; }

void Value::fail(std::string message, std::string detail, std::string hint) const {
  throw Error({.code = document_->code,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = at()});
}

void Value::fail_as_wrong(std::string_view expected, std::string hint) const {
  fail(fmt::format("{} must be {}", name_, expected), fmt::format("Found {}.", what_is(*node_)), std::move(hint));
}

void Value::fail_as_no_word(const std::vector<std::string>& words) const {
  const auto nearest = is_scalar() ? did_you_mean(node_->text, words) : std::string();
  fail_as_wrong(fmt::format("one of {}", quoted_list(words)),
                nearest.empty() ? std::string("Write one of these words.") : nearest);
}

const std::string& Value::any_text() const {
  if (!is_scalar()) fail_as_wrong("text", "Write it behind the key; quote it if it is empty or the word null.");
  return node_->text;
}

const std::string& Value::text() const {
  const auto& text = any_text();
  if (is_blank(text))
    fail(fmt::format("{} is blank", name_), "There is no text in it.", "Fill it in, or remove the key.");
  return text;
}

bool Value::boolean() const {
  if (is_scalar() && node_->style == ScalarStyle::plain) {
    if (node_->text == "true") return true;
    if (node_->text == "false") return false;
  }
  fail_as_wrong("true or false", "Write true or false, without quotes.");
}

std::int64_t Value::integer(std::int64_t smallest, std::int64_t greatest) const {
  std::int64_t number = 0;
  const bool plain = is_scalar() && node_->style == ScalarStyle::plain;
  const char* const end = node_->text.data() + node_->text.size();
  const auto [rest, error] = std::from_chars(node_->text.data(), end, number);
  if (!plain || error != std::errc{} || rest != end) {
    fail_as_wrong("a whole number", "Write it in decimal digits, without quotes.");
  }
  if (number < smallest || number > greatest) {
    fail_as_wrong(greatest == std::numeric_limits<std::int64_t>::max()
                      ? fmt::format("{} or more", smallest)
                      : fmt::format("from {} to {}", smallest, greatest),
                  "Choose a number in that range.");
  }
  return number;
}

Milliseconds Value::duration() const {
  const auto duration = is_scalar() ? parse_duration(node_->text) : std::nullopt;
  if (!duration) fail_as_wrong("a duration", "Write a number with its unit: 500ms, 2s, 5min, 1h, 1d, or 0.");
  return *duration;
}

std::vector<Value> Value::list() const {
  if (!is_list()) fail_as_wrong("a list", "Write its items on lines of their own, each after a dash.");
  std::vector<Value> values;
  values.reserve(node_->items.size());
  for (const auto& item : node_->items) values.emplace_back(*document_, item, "an item of " + name_);
  return values;
}

std::vector<Value> Value::one_or_more() const {
  if (!is_list()) return {*this};
  auto values = list();
  if (values.empty()) fail(fmt::format("{} is an empty list", name_), "Found [].", "Fill it in, or remove the key.");
  return values;
}

std::vector<std::string> Value::texts() const {
  std::vector<std::string> result;
  for (const auto& value : one_or_more()) result.push_back(value.text());
  return result;
}

Mapping Value::mapping(std::string_view subject, std::vector<std::string> keys) const {
  if (!is_mapping()) {
    fail_as_wrong("a mapping", fmt::format("Its keys are {}.", listed(keys)));
  }
  return {*document_, *node_, std::string(subject), keys};
}

std::vector<Value> Value::entries() const {
  if (!is_mapping()) fail_as_wrong("a mapping", "Write lines of the form NAME: VALUE under it.");
  std::vector<Value> values;
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    values.emplace_back(*document_, node_->items[i], node_->keys[i].text);
  }
  return values;
}

Mapping::Mapping(const Document& document, const Node& node, std::string subject, const std::vector<std::string>& keys)
    : document_(&document), node_(&node), subject_(std::move(subject)) {
  for (const auto& key : node.keys) {
    if (std::find(keys.begin(), keys.end(), key.text) != keys.end()) continue;
    const auto colon = key.text.find(':');
    auto hint = colon == std::string::npos ? did_you_mean(key.text, keys) : "Put a space after the colon.";
    if (hint.empty()) hint = "Remove it, or use one of these.";
    Value(document, key, subject_)
        .fail(fmt::format("unknown key {}", in_quotes(key.text)),
              fmt::format("The keys of {} are {}.", subject_, listed(keys)), std::move(hint));
  }
}

std::optional<Value> Mapping::find(std::string_view key) const {
  for (std::size_t i = 0; i < node_->keys.size(); ++i) {
    if (node_->keys[i].text == key) return Value(*document_, node_->items[i], std::string(key));
  }
  return std::nullopt;
}

Value Mapping::required(std::string_view key) const {
  if (auto value = find(key)) return *value;
  fail(fmt::format("{} needs the key \"{}\"", subject_, key), "It is not there.",
       fmt::format("Add {}: and its value.", key));
}

Location Mapping::at() const { return {.file = document_->file, .line = node_->line, .column = node_->column}; }

void Mapping::fail(std::string message, std::string detail, std::string hint) const {
  Value(*document_, *node_, subject_).fail(std::move(message), std::move(detail), std::move(hint));
}

}  // namespace dbmigrate::yaml
