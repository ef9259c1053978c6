// Names of lock levels, ours and the server's.
// SPDX-License-Identifier: Apache-2.0
#include "sql/lock_mode.hpp"

#include <array>
#include <cstddef>

namespace dbmigrate {
namespace {

struct Entry {
  std::string_view name;
  std::string_view server;
  std::string_view blocks;
};

constexpr std::array<Entry, 9> kEntries{{
    {"none", "", ""},
    {"ACCESS SHARE", "AccessShareLock", ""},
    {"ROW SHARE", "RowShareLock", ""},
    {"ROW EXCLUSIVE", "RowExclusiveLock", ""},
    {"SHARE UPDATE EXCLUSIVE", "ShareUpdateExclusiveLock", "schema changes and VACUUM"},
    {"SHARE", "ShareLock", "writes"},
    {"SHARE ROW EXCLUSIVE", "ShareRowExclusiveLock", "writes"},
    {"EXCLUSIVE", "ExclusiveLock", "writes and row locks"},
    {"ACCESS EXCLUSIVE", "AccessExclusiveLock", "reads and writes"},
}};

const Entry& entry_of(TableLockMode mode) { return kEntries[static_cast<std::size_t>(mode)]; }

}  // namespace

std::string_view name_of(TableLockMode mode) { return entry_of(mode).name; }

std::optional<TableLockMode> lock_mode_of_server(std::string_view mode) {
  for (std::size_t i = 1; i < kEntries.size(); ++i) {
    if (kEntries[i].server == mode) return static_cast<TableLockMode>(i);
  }
  return std::nullopt;
}

std::string_view blocked_by(TableLockMode mode) { return entry_of(mode).blocks; }

bool blocks_work(TableLockMode mode) { return mode >= TableLockMode::share; }

}  // namespace dbmigrate
