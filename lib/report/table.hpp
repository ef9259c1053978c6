// A table of text that fits the terminal.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "report/paint.hpp"

namespace dbmigrate {

struct Column {
  enum class Align { left, right };
  std::string title;
  Align align = Align::left;
};

struct Cell {
  Cell(std::string value, Tone meaning = Tone::plain) : text(std::move(value)), tone(meaning) {}
  Cell(const char* value, Tone meaning = Tone::plain) : text(value), tone(meaning) {}

  std::string text;  ///< one line; control characters are shown as spaces
  Tone tone;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell a column; missing ones at the end stay blank.
  void add(std::vector<Cell> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Lines with their ends. Where `width` (0 = no limit) is too small the widest columns are cut with an ellipsis.
  [[nodiscard]] std::string text(int width, const Paint& paint) const;

 private:
  [[nodiscard]] std::vector<int> column_widths(int width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace dbmigrate
