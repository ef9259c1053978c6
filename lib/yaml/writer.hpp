// Writing nodes as YAML that reads back the same.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yaml/document.hpp"

namespace dbmigrate::yaml {

/// Text; quoted where any YAML reader would take it for something else, a `|` block where it has lines.
Node text(std::string_view value);
Node number(std::int64_t value);
Node boolean(bool value);
Node null();
Node list(std::vector<Node> items);
Node mapping(std::initializer_list<std::pair<std::string_view, Node>> entries);
/// Adds one entry to a mapping.
void append(Node& mapping, std::string_view key, Node value);

/// Block style, two blanks a level, ends in a line feed. parse() of it equals `node`.
std::string write(const Node& node);

}  // namespace dbmigrate::yaml
