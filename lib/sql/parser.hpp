// PostgreSQL's parser, one statement at a time.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pg_query.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace dbmigrate::sql {

// Each operator nests the tree one level deeper and takes at least two bytes of SQL; printing one level as JSON takes
// some hundred bytes of stack, more where libpg_query was built without optimisation. Pages that are not used are free.
inline constexpr std::size_t kStackPerByte = 1024;
inline constexpr std::size_t kLeastStack = std::size_t{64} << 20U;

/// Why a statement is not given to the parser, which would not survive it; empty when it is. `stack` is what the
/// thread has.
std::string why_not_parsed(std::string_view statement, std::size_t stack);

/// Frees the result whatever happens while it is read.
class Parsed {
 public:
  explicit Parsed(const std::string& statement) : result_(pg_query_parse(statement.c_str())) {}
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;
  ~Parsed() { pg_query_free_parse_result(result_); }

  [[nodiscard]] const PgQueryError* error() const { return result_.error; }
  [[nodiscard]] std::string_view tree() const { return result_.parse_tree == nullptr ? "" : result_.parse_tree; }

 private:
  PgQueryParseResult result_;
};

}  // namespace dbmigrate::sql
