// Lines and columns of ascending offsets, in one pass.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "sql/script.hpp"

namespace dbmigrate::sql {

class LineCounter {
 public:
  /// `text` outlives the counter. A byte-order mark at its beginning is no character.
  explicit LineCounter(std::string_view text);

  /// `offset` may not be smaller than at the call before.
  Position at(std::size_t offset);

 private:
  std::string_view text_;
  std::size_t offset_;
  Position position_{1, 1};
};

/// Bytes of the byte-order mark that `text` begins with: 3 or 0.
std::size_t byte_order_mark(std::string_view text);

}  // namespace dbmigrate::sql
