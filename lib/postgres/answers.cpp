// Rows become values as they arrive; what stands where a number should is looked at.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/answers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>


namespace dbmigrate {
namespace {

constexpr std::size_t kShownOfValue = 60;

}  // namespace

Error no_answer(std::string detail) {
  return Error({.code = ErrorCode::server_unsupported,
                .message = "the server's answer cannot be understood",
                .detail = std::move(detail),
                .hint = "Look at what stands behind host and port, and whether somebody changed the version table."});
}

void Answers::add_row(const PGresult* row) {
  begin(row);
  auto values = row_of(row);
  if (bytes_ <= most_) open_->rows.push_back(std::move(values));
}

void Answers::end(const PGresult* result) {
  begin(result);
  open_->tag = PQcmdStatus(const_cast<PGresult*>(result));
  ++count_;
  // A question has one result; a server that goes on giving them does not fill the memory.
  if (rest_ == Rest::is_dropped || count_ == 1) results_.push_back(std::move(*open_));
  open_.reset();
}

void Answers::begin(const PGresult* result) {
  if (open_) return;
  open_.emplace();
  for (int column = 0; column < PQnfields(result); ++column) open_->columns.emplace_back(PQfname(result, column));
}

std::vector<Value> Answers::row_of(const PGresult* row) {
  std::vector<Value> values;
  const int columns = PQnfields(row);
  values.reserve(static_cast<std::size_t>(columns));
  for (int column = 0; column < columns; ++column) {
    const auto size = static_cast<std::size_t>(PQgetlength(row, 0, column));
    bytes_ += size + sizeof(Value);
    if (bytes_ > most_) return {};
    values.push_back(PQgetisnull(row, 0, column) != 0 ? Value{} : Value{std::string(PQgetvalue(row, 0, column), size)});
  }
  return values;
}

const std::string& Result::text(std::size_t row, std::size_t column) const {
  static const std::string kNull;
  if (row >= rows.size() || column >= rows[row].size()) {
    throw no_answer(
        fmt::format("It has {} rows; column {} of row {} was asked for.", rows.size(), column + 1, row + 1));
  }
  const auto& value = rows[row][column];
  return value ? *value : kNull;
}

std::int64_t Result::number(std::size_t row, std::size_t column) const {
  const auto& written = text(row, column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
  if (error == std::errc{} && end == written.data() + written.size()) return number;
  throw no_answer(fmt::format("\"{}\" stands where a number was asked for.", written.substr(0, kShownOfValue)));
}

long Result::affected() const {
  const auto at = tag.find_last_of(' ');
  long count = 0;
  if (at != std::string::npos) std::from_chars(tag.data() + at + 1, tag.data() + tag.size(), count);
  return count;
}

}  // namespace dbmigrate
