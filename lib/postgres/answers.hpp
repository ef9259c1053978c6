// What is sent and what comes back, as values.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postgres/session.hpp"

namespace dbmigrate {

/// `$1` and its kind as literals. Parameters of the extended protocol travel in five messages, and between the first
/// and the last of them a server has a snapshot and no timeout: a client lost there would block CREATE INDEX
/// CONCURRENTLY for ever. A simple query is one message.
std::string with_literals(std::string_view sql, const std::vector<Value>& parameters);

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

  [[nodiscard]] std::size_t count() const { return results_.size(); }
  [[nodiscard]] bool overflows() const { return bytes_ > most_ && rest_ == Rest::is_wanted; }
  [[nodiscard]] std::vector<Result> take() { return std::move(results_); }

 private:
  void begin(const PGresult* result);
  std::vector<Value> row_of(const PGresult* row);

  std::size_t most_;
  Rest rest_;
  std::size_t bytes_ = 0;
  std::optional<Result> open_;
  std::vector<Result> results_;
};

}  // namespace dbmigrate
