// What comes back, as values.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postgres/session.hpp"

namespace dbmigrate {

/// For what no PostgreSQL says, or no version table of ours holds: Error{server_unsupported}.
Error no_answer(std::string detail);

/// The results of one message, row by row as they come, so that what is not kept takes no memory.
class Answers {
 public:
  enum class Rest { is_dropped, is_wanted };  ///< of the rows, when there are more than may be kept
  Answers(std::size_t most_bytes, Rest rest) : most_(most_bytes), rest_(rest) {}

  void add_row(const PGresult* row);
  /// The end of one statement's result.
  void end(const PGresult* result);

  /// Of a question only the first result is kept, all are counted.
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] bool overflows() const { return bytes_ > most_ && rest_ == Rest::is_wanted; }
  [[nodiscard]] std::vector<Result> take() { return std::move(results_); }

 private:
  void begin(const PGresult* result);
  std::vector<Value> row_of(const PGresult* row);

  std::size_t most_;
  Rest rest_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::optional<Result> open_;
  std::vector<Result> results_;
};

}  // namespace dbmigrate
