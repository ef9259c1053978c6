// What one statement does, as far as running it safely needs: from PostgreSQL's own parser.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate::sql {

/// As written, quotes removed and folded as PostgreSQL does; schema empty where none was written.
struct ObjectName {
  std::string schema;
  std::string name;
  bool operator==(const ObjectName&) const = default;
};

/// ALTER TABLE … ADD COLUMN.
struct AddedColumn {
  ObjectName table;
  std::string column;
  bool operator==(const AddedColumn&) const = default;
};

/// CREATE INDEX CONCURRENTLY.
struct ConcurrentIndex {
  ObjectName index;  ///< name empty when PostgreSQL is to choose one; its schema is the table's
  ObjectName table;
  bool if_not_exists = false;
};

struct StatementFacts {
  bool parsed = false;      ///< false: the parser rejects it; the facts below then come from its first words
  std::string parse_error;  ///< why, empty when parsed

  std::string command;               ///< `CREATE INDEX CONCURRENTLY`, `COMMIT`, `DO`; upper case, short, for messages
  bool transaction_control = false;  ///< BEGIN, COMMIT, ROLLBACK, END, ABORT, PREPARE TRANSACTION …; SAVEPOINT,
                                     ///< ROLLBACK TO and RELEASE stay inside the transaction and do not count
  bool forbids_transaction = false;  ///< PostgreSQL refuses it inside a transaction block (25001)
  bool call_or_do = false;           ///< CALL or DO: may commit by itself, cannot be probed
  std::optional<ConcurrentIndex> builds_index;  ///< only CONCURRENTLY
  std::vector<ObjectName> drops_indexes;        ///< only DROP INDEX CONCURRENTLY
  std::vector<ObjectName> creates_tables;       ///< CREATE TABLE, CREATE TABLE AS, SELECT INTO; not temporary ones
  std::vector<AddedColumn> adds_columns;        ///< to tables
  std::vector<std::string> creates_extensions;
  std::vector<std::string> drops_extensions;
};

/// `statement` is one statement without its semicolon. Never throws for bad SQL. Safe for any length: the parser
/// runs on a thread with a large stack.
StatementFacts facts_of(std::string_view statement);

/// What facts_of() says of each, with one parser thread for all.
std::vector<StatementFacts> facts_of(const std::vector<std::string_view>& statements);

}  // namespace dbmigrate::sql
