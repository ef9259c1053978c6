// Lines are found once; columns count on from where they were asked last.
// SPDX-License-Identifier: Apache-2.0
#include "yaml/source.hpp"

#include <algorithm>
#include <utility>

namespace dbmigrate::yaml {

Source::Source(std::string text, std::string file, ErrorCode code)
    : text_(std::move(text)), file_(std::move(file)), code_(code) {
  line_starts_.push_back(0);
  for (auto at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
}

std::size_t Source::offset(int line, int column) const {
  const auto index = std::min(static_cast<std::size_t>(std::max(line, 0)), line_starts_.size() - 1);
  return std::min(line_starts_[index] + static_cast<std::size_t>(std::max(column, 0)), text_.size());
}

int Source::line_of(std::size_t offset) const {
  return static_cast<int>(std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - line_starts_.begin());
}

std::size_t Source::line_start(std::size_t offset) const {
  return line_starts_[static_cast<std::size_t>(line_of(offset) - 1)];
}

int Source::column_of(std::size_t offset) const {
  const auto start = line_start(offset);
  if (counted_to_ < start || counted_to_ > offset) {
    counted_to_ = start;
    counted_ = 0;
  }
  for (; counted_to_ < offset; ++counted_to_) {
    if ((static_cast<unsigned char>(text_[counted_to_]) & 0xC0U) != 0x80U) ++counted_;
  }
  return counted_ + 1;
}

std::string_view Source::line(int number) const {
  const auto index = static_cast<std::size_t>(number - 1);
  if (index >= line_starts_.size()) return {};
  const auto end = index + 1 < line_starts_.size() ? line_starts_[index + 1] - 1 : text_.size();
  return std::string_view(text_).substr(line_starts_[index], end - line_starts_[index]);
}

std::string_view Source::before(std::size_t offset) const {
  const auto start = line_start(offset);
  return std::string_view(text_).substr(start, offset - start);
}

void Source::fail(std::size_t offset, std::string message, std::string detail, std::string hint) const {
  throw Error({.code = code_,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = Location{.file = file_, .line = line_of(offset), .column = column_of(offset)}});
}

}  // namespace dbmigrate::yaml
