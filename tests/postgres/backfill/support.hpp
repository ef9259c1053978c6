// A project whose second revision is one backfill.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "support/run.hpp"

namespace dbmigrate::tests {

inline Error failure_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return Error({.message = "nothing failed"});
}

/// 0001 makes the table with `table_sql`, 0002 has the backfill. `backfill` are its keys, each line indented by six.
inline void write_backfill(const Project& project, const std::string& table_sql, const std::string& backfill) {
  project.migration("0001_table", table_sql, "SELECT 1;");
  project.write("0002_fill.yaml", "kind: data\nup:\n  - backfill:\n" + backfill + "down:\n  - sql: SELECT 1;\n");
}

/// A table t(id, v, done) with `rows` rows whose v is to be copied to done; `hits` counts the updates of each row.
inline std::string counted_table(int rows) {
  return "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL, done int, hits int NOT NULL DEFAULT 0);\n"
         "CREATE FUNCTION count_hit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
         "  NEW.hits := OLD.hits + 1; RETURN NEW; END $$;\n"
         "CREATE TRIGGER count_hits BEFORE UPDATE OF done ON t FOR EACH ROW EXECUTE FUNCTION count_hit();\n"
         "INSERT INTO t SELECT g, g FROM generate_series(1, " +
         std::to_string(rows) + ") g;\n";
}

inline const std::string kFill =
    "      name: fill\n      table: t\n      key: id\n      where: done IS NULL\n"
    "      sql: UPDATE t SET done = v FROM batch b WHERE t.id = b.id\n";

}  // namespace dbmigrate::tests
