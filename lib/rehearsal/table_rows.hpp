// What is in tables, told apart without looking at what it says.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "catalog/snapshot.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Rows of one table in whatever order: equal for equal rows.
struct RowDigest {
  long rows = 0;
  std::string digest;

  bool operator==(const RowDigest&) const = default;
};

/// The columns of each table of a catalog, in their order. By the table's identity.
using TableColumns = std::map<std::string, std::vector<std::string>>;
TableColumns columns_of_tables(const Snapshot& snapshot);

/// Reads tables by the names that they have in `catalog`, which is of this database. A partitioned table has no rows of
/// its own; its partitions have.
class TableReader {
 public:
  TableReader(Session& session, const Snapshot& catalog);

  [[nodiscard]] bool has(const std::string& table, const std::string& column) const;
  /// Over those columns; names as SQL quotes them.
  RowDigest digest(const std::string& table, const std::vector<std::string>& columns);
  /// A digest of each row, and how often it is there.
  std::map<std::string, long> rows(const std::string& table, const std::vector<std::string>& columns);
  std::map<std::string, long> counts(const TableColumns& tables);

 private:
  Result ask(const std::string& query);

  Session& session_;
  const Snapshot& catalog_;
};

/// How the rows of one table differ between two databases; columns that only one of them has do not count.
struct RowDifference {
  std::string table;
  long before = 0;                   ///< rows
  long gone = 0;                     ///< of those: not there any more, or with other values
  long left = 0;                     ///< there now and not before
  std::vector<std::string> columns;  ///< whose values are others
};

/// `columns_apart` of a table are not compared.
std::vector<RowDifference> compare_rows(TableReader& before, const TableColumns& columns_before, TableReader& after,
                                        const TableColumns& columns_after, const TableColumns& columns_apart);

}  // namespace dbmigrate
