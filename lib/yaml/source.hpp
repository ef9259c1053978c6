// The text of a YAML file, its lines and places.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace dbmigrate::yaml {

class Source {
 public:
  Source(std::string text, std::string file, ErrorCode code);

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] ErrorCode code() const { return code_; }

  /// Both from 0, the column in bytes: what yaml-cpp's marks hold.
  [[nodiscard]] std::size_t offset(int line, int column) const;
  [[nodiscard]] int line_of(std::size_t offset) const;
  /// In characters, from 1. Cheap when asked in rising order, also on one endless line.
  [[nodiscard]] int column_of(std::size_t offset) const;
  [[nodiscard]] std::string_view line(int number) const;
  /// From the start of its line to `offset`.
  [[nodiscard]] std::string_view before(std::size_t offset) const;

  [[noreturn]] void fail(std::size_t offset, std::string message, std::string detail, std::string hint) const;

 private:
  [[nodiscard]] std::size_t line_start(std::size_t offset) const;

  std::string text_;
  std::string file_;
  ErrorCode code_;
  std::vector<std::size_t> line_starts_;
  mutable std::size_t counted_to_ = 0;  ///< where column_of() was asked last
  mutable int counted_ = 0;             ///< the characters before that on its line
};

}  // namespace dbmigrate::yaml
