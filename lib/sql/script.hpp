// A file of SQL as the statements that psql would send.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate::sql {

/// Offsets are bytes into the script's text; `end` is one past the last byte.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const Range&) const = default;
};

struct ScriptStatement {
  Range range;     ///< from the first token to before the semicolon (comments and blanks around it left out)
  int line = 0;    ///< of the first token, counted from 1 in the script's text
  int column = 0;  ///< of the first token, in characters from 1
  std::optional<Range> copy_data;  ///< what follows COPY … FROM STDIN, without its `\.` line
  bool operator==(const ScriptStatement&) const = default;
};

/// Statements in order; empty ones (`;;`, comments alone) are left out.
struct Script {
  std::string_view text;  ///< what was split; the caller keeps it alive
  std::vector<ScriptStatement> statements;

  [[nodiscard]] std::string_view text_of(const ScriptStatement& statement) const {
    return text.substr(statement.range.begin, statement.range.end - statement.range.begin);
  }
};

/// Splits as psql does: quotes, E'' and U&'' strings, dollar quotes, nested comments, parentheses, BEGIN ATOMIC
/// bodies, COPY data up to `\.`; a byte-order mark and CR are white space. Takes standard_conforming_strings as on.
/// What follows the semicolon of COPY … FROM STDIN on its line is read before the data, as psql does, and may not
/// run into it. BEGIN opens a body only before ATOMIC, so a function may be called `begin`.
/// Throws Error{invalid_descriptor} with `file` and the line (plus `first_line` - 1) for what psql would not finish:
/// an open quote, comment or parenthesis, COPY data without `\.`; and for psql's own commands (`\connect`).
Script split(std::string_view text, std::string_view file, int first_line = 1);

/// Where byte `offset` of `text` is: line and column (in characters), both from 1. A byte-order mark is no character.
struct Position {
  int line;
  int column;
  bool operator==(const Position&) const = default;
};
Position position_at(std::string_view text, std::size_t offset);

/// The byte offset of the `characters`-th character (from 0) of valid UTF-8; what PostgreSQL's positions count.
std::size_t byte_offset(std::string_view text, std::size_t characters);

}  // namespace dbmigrate::sql
