// Reading a node as what its key needs; every mistake is an error that says where and what was expected.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/duration.hpp"
#include "yaml/document.hpp"

namespace dbmigrate::yaml {

class Mapping;

/// A node with the name it goes by in messages. The document outlives it. Every reader throws Error{document.code}
/// at the node's place when the node is something else.
class Value {
 public:
  /// The root; `name` as in "a migration must be a mapping".
  Value(const Document& document, std::string name) : Value(document, document.root, std::move(name)) {}
  Value(const Document& document, const Node& node, std::string name)
      : document_(&document), node_(&node), name_(std::move(name)) {}

  [[nodiscard]] const Node& node() const { return *node_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] Location at() const;
  [[nodiscard]] const std::string& file() const { return document_->file; }
  [[nodiscard]] bool is_null() const { return node_->kind == NodeKind::null; }
  [[nodiscard]] bool is_scalar() const { return node_->kind == NodeKind::scalar; }
  [[nodiscard]] bool is_list() const { return node_->kind == NodeKind::sequence; }
  [[nodiscard]] bool is_mapping() const { return node_->kind == NodeKind::mapping; }

  /// As written; never empty or blank.
  [[nodiscard]] const std::string& text() const;
  /// As written; may be empty.
  [[nodiscard]] const std::string& any_text() const;
  /// Only a plain `true` or `false`.
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::int64_t integer(std::int64_t smallest = std::numeric_limits<std::int64_t>::min(),
                                     std::int64_t greatest = std::numeric_limits<std::int64_t>::max()) const;
  [[nodiscard]] Milliseconds duration() const;
  /// One of `choices`, by its word.
  template <class Enum>
  [[nodiscard]] Enum one_of(std::initializer_list<std::pair<std::string_view, Enum>> choices) const {
    std::vector<std::string> words;
    for (const auto& [word, meaning] : choices) {
      if (is_scalar() && node_->text == word) return meaning;
      words.emplace_back(word);
    }
    fail_as_no_word(words);
  }

  /// A list; may be empty.
  [[nodiscard]] std::vector<Value> list() const;
  /// The items of a list that is not empty, else this value alone.
  [[nodiscard]] std::vector<Value> one_or_more() const;
  /// A list of texts, or one text; not empty.
  [[nodiscard]] std::vector<std::string> texts() const;

  /// A mapping that has no key but `keys`; `subject` is what has them, as in "a step".
  [[nodiscard]] Mapping mapping(std::string_view subject, std::vector<std::string> keys) const;
  /// A mapping with keys of the user's own; each value is named by its key.
  [[nodiscard]] std::vector<Value> entries() const;

  /// Says that this value must be `expected`, and what was found.
  [[noreturn]] void fail_as_wrong(std::string_view expected, std::string hint) const;
  [[noreturn]] void fail(std::string message, std::string detail, std::string hint) const;

 private:
  [[noreturn]] void fail_as_no_word(const std::vector<std::string>& words) const;

  const Document* document_;
  const Node* node_;
  std::string name_;
};

/// A mapping whose keys are all known.
class Mapping {
 public:
  /// Throws for an unknown key, with the nearest one and all that there are.
  Mapping(const Document& document, const Node& node, std::string subject, const std::vector<std::string>& keys);

  [[nodiscard]] std::optional<Value> find(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return find(key).has_value(); }
  /// Throws when it is not there.
  [[nodiscard]] Value required(std::string_view key) const;
  [[nodiscard]] Location at() const;
  /// At the mapping as a whole.
  [[noreturn]] void fail(std::string message, std::string detail, std::string hint) const;

 private:
  const Document* document_;
  const Node* node_;
  std::string subject_;
};

}  // namespace dbmigrate::yaml
