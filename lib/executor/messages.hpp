// A transaction's SQL in as few messages as possible, and the way back from an error to the file.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/prepared_revision.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// One simple-protocol message: statements of ours, then pieces of the files.
struct Message {
  struct Piece {
    std::size_t sent_at;   ///< byte offset in `sql`
    std::size_t length;
    const Part* part;
    std::size_t text_at;   ///< byte offset in the part's text
  };
  struct Reference {
    const Part* part;
    std::size_t statement;
  };
  std::string sql;
  int own_statements = 0;              ///< at the front: settings and claims
  std::vector<Piece> pieces;
  std::vector<Reference> statements;   ///< of the files, in the order sent
  std::string_view copy_data;          ///< answers the last statement
};

/// Calls `send` for each message in turn. Cut at COPY data and about every megabyte, always between statements.
void for_each_message(const std::vector<std::string>& own_statements, const std::vector<const Part*>& parts,
                      const std::function<void(const Message&)>& send);

/// The error as its author reads it: with file, line, column and the statement. An error in our own statements is
/// returned as it is.
Error located(const ServerError& error, const Message& message);

/// True when it was raised before any statement of the files had begun.
bool in_own_statements(const ServerError& error, const Message& message);

}  // namespace dbmigrate
