// Lock levels by name.
// SPDX-License-Identifier: Apache-2.0
#include "sql/lock_mode.hpp"

#include "support/catch.hpp"

namespace dbmigrate {

TEST_CASE("a lock level has the server's name and the manual's", "[sql]") {
  CHECK(lock_mode_of_server("ShareRowExclusiveLock") == TableLockMode::share_row_exclusive);
  CHECK(name_of(TableLockMode::share_row_exclusive) == "SHARE ROW EXCLUSIVE");
  CHECK_FALSE(lock_mode_of_server("SIReadLock"));
  CHECK_FALSE(lock_mode_of_server(""));
}

TEST_CASE("only the strongest level stops readers, and levels from SHARE stop writers", "[sql]") {
  CHECK(blocked_by(TableLockMode::access_exclusive) == "reads and writes");
  CHECK(blocked_by(TableLockMode::share) == "writes");
  CHECK(blocked_by(TableLockMode::row_exclusive).empty());
  CHECK(blocks_work(TableLockMode::share));
  CHECK_FALSE(blocks_work(TableLockMode::share_update_exclusive));
}

}  // namespace dbmigrate
