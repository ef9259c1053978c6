// Quotes whenever in doubt: a version 1.1 reader takes `no` for false and 1:30 for ninety.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace dbmigrate::yaml {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// What YAML 1.1 or 1.2 takes for null, a boolean, infinity or no number.
bool is_reserved(std::string_view text) {
  constexpr std::array<std::string_view, 11> kWords{"null", "true", "false", "yes", "no", "on",
                                                    "off",  "y",    "n",     "inf", "nan"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

/// Only what nobody could take for anything but text.
bool may_be_plain(std::string_view text) {
  if (text.empty() || is_reserved(text)) return false;
  if (!is_letter(text.front()) && text.front() != '_' && text.front() != '/') {
    const bool has_letter =
        std::any_of(text.begin(), text.end(), [](char c) { return is_letter(c) && c != 'e' && c != 'E'; });
    if (!is_digit(text.front()) || !has_letter || text.starts_with("0x") || text.starts_with("0o")) return false;
  }
  if (text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("_-./@() ").find(c) != std::string_view::npos;
  });
}

/// A `|` block cannot hold control characters, and its first line must not begin with a blank.
bool may_be_block(std::string_view text) {
  return text.find('\n') != std::string_view::npos && text.front() != ' ' && text.front() != '\t' && text.front() != '\n' &&
         std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\n' && c != '\t'; }) &&
         text.find(" \n") == std::string_view::npos && text.back() != ' ' && !text.ends_with("\n\n");
}

std::string in_double_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (is_control(c)) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string flow_scalar(const Node& node) {
  if (node.kind == NodeKind::null) return "null";
  if (node.style == ScalarStyle::plain || may_be_plain(node.text)) return node.text;
  return in_double_quotes(node.text);
}

class Writer {
 public:
  std::string take() { return std::move(out_); }

  void root(const Node& node) {
    if (node.kind == NodeKind::mapping && !node.items.empty()) {
      entries(node, 0);
    } else if (node.kind == NodeKind::sequence && !node.items.empty()) {
      items(node, 0);
    } else {
      inline_value(node, 0);
    }
  }

 private:
  void entries(const Node& node, std::size_t indent, bool first_in_place = false) {
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (i > 0 || !first_in_place) out_.append(indent, ' ');
      out_ += flow_scalar(node.keys[i]) + ":";
      value(node.items[i], indent);
    }
  }

  void items(const Node& node, std::size_t indent) {
    for (const auto& item : node.items) {
      out_.append(indent, ' ');
      out_ += "-";
      if (item.kind == NodeKind::mapping && !item.items.empty()) {
        out_ += " ";
        entries(item, indent + 2, true);
      } else {
        value(item, indent);
      }
    }
  }

  void value(const Node& node, std::size_t indent) {
    const bool nested = (node.kind == NodeKind::mapping || node.kind == NodeKind::sequence) && !node.items.empty();
    if (!nested) {
      out_ += " ";
      inline_value(node, indent);
      return;
    }
    out_ += "\n";
    if (node.kind == NodeKind::mapping) {
      entries(node, indent + 2);
    } else {
      items(node, indent + 2);
    }
  }

  void inline_value(const Node& node, std::size_t indent) {
    if (node.kind == NodeKind::mapping) {
      out_ += "{}\n";
    } else if (node.kind == NodeKind::sequence) {
      out_ += "[]\n";
    } else if (node.kind == NodeKind::scalar && node.style != ScalarStyle::plain && may_be_block(node.text)) {
      block(node.text, indent + 2);
    } else {
      out_ += flow_scalar(node) + "\n";
    }
  }

  void block(std::string_view text, std::size_t indent) {
    out_ += text.ends_with("\n") ? "|\n" : "|-\n";
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      if (end > 0) out_.append(indent, ' ').append(text.substr(0, end));
      out_ += "\n";
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::string out_;
};

Node scalar(std::string_view value, ScalarStyle style) {
  Node node;
  node.kind = NodeKind::scalar;
  node.style = style;
  node.text = value;
  return node;
}

}  // namespace

Node text(std::string_view value) { return scalar(value, ScalarStyle::quoted); }
Node number(std::int64_t value) { return scalar(std::to_string(value), ScalarStyle::plain); }
Node boolean(bool value) { return scalar(value ? "true" : "false", ScalarStyle::plain); }

Node null() {
  Node node;
  node.text = "null";
  return node;
}

Node list(std::vector<Node> items) {
  Node node;
  node.kind = NodeKind::sequence;
  node.items = std::move(items);
  return node;
}

Node mapping(std::initializer_list<std::pair<std::string_view, Node>> entries) {
  Node node;
  node.kind = NodeKind::mapping;
  for (const auto& [key, value] : entries) append(node, key, value);
  return node;
}

void append(Node& mapping, std::string_view key, Node value) {
  mapping.keys.push_back(text(key));
  mapping.items.push_back(std::move(value));
}

std::string write(const Node& node) {
  Writer writer;
  writer.root(node);
  return writer.take();
}

}  // namespace dbmigrate::yaml
