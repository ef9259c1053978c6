// A YAML file as values that know where they were written.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace dbmigrate::yaml {

enum class NodeKind { null, scalar, sequence, mapping };
enum class ScalarStyle {
  plain,
  quoted,
  literal,  ///< a `|` block
  folded,   ///< a `>` block
};

/// Scalars are text exactly as written: `010` stays `010`. Only a plain empty value, `~` and `null` are no text.
struct Node {
  NodeKind kind = NodeKind::null;
  ScalarStyle style = ScalarStyle::plain;
  std::string text;         ///< of a scalar; of a null, what was written
  std::vector<Node> keys;   ///< of a mapping: scalars, as many as `items`
  std::vector<Node> items;  ///< of a sequence, or the values of a mapping
  int line = 0;             ///< from 1; 0 in a node that was not read
  int column = 0;           ///< in characters, from 1
  int content_line = 0;     ///< the line on which a scalar's text begins: the one after the `|`
  int content_indent = 0;   ///< characters that stand before the text on that line

  /// Same content, wherever and however it was written.
  bool operator==(const Node& other) const {
    return kind == other.kind && text == other.text && keys == other.keys && items == other.items;
  }
};

struct Document {
  std::string file;  ///< for messages
  ErrorCode code;    ///< of every error found in it
  Node root;
};

inline constexpr std::size_t kLargestFile = 10'000'000;

/// One document. `bytes` may have a byte-order mark and CRLF. Throws Error{code} with its place for whatever is not
/// plain YAML (tabs as indentation, several documents, anchors, aliases, tags, duplicate keys, keys that are no
/// scalars) and for what is larger than kLargestFile or nested deeper than 64: time and memory stay bounded.
Document parse(std::string bytes, std::string file, ErrorCode code);

}  // namespace dbmigrate::yaml
