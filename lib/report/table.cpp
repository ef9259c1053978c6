// Columns as wide as their widest cell, cut where the terminal ends.
// SPDX-License-Identifier: Apache-2.0
#include "report/table.hpp"

#include <algorithm>
#include <numeric>

#include "report/width.hpp"

namespace dbmigrate {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 6;  ///< a column that is cut keeps at least this much

std::string padded(const Cell& cell, int width, Column::Align align, const Paint& paint) {
  const std::string text = fit_to_width(cell.text, width);
  const std::string blanks(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
  const std::string painted = paint(cell.tone, text);
  return align == Column::Align::left ? painted + blanks : blanks + painted;
}

void trim_end(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  for (auto& cell : row) cell.text = one_line(cell.text);
  rows_.push_back(std::move(row));
}

std::vector<int> Table::column_widths(int width) const {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    int widest = display_width(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[i].text));
    widths.push_back(widest);
  }
  if (width <= 0 || widths.empty()) return widths;
  const int gaps = kGap * (static_cast<int>(widths.size()) - 1);
  while (std::accumulate(widths.begin(), widths.end(), gaps) > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
  }
  return widths;
}

std::string Table::text(int width, const Paint& paint) const {
  const auto widths = column_widths(width);
  std::vector<Cell> titles;
  for (const auto& column : columns_) titles.emplace_back(column.title, Tone::strong);

  std::string lines;
  const auto add_line = [&](const std::vector<Cell>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      line += padded(cells[i], widths[i], columns_[i].align, paint);
    }
    trim_end(line);
    lines += line + "\n";
  };
  add_line(titles);
  for (const auto& row : rows_) add_line(row);
  return lines;
}

}  // namespace dbmigrate
