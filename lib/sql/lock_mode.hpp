// The lock levels of tables, and what each keeps others from.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace dbmigrate {

/// From weak to strong, as PostgreSQL numbers them (storage/lockdefs.h).
/// https://www.postgresql.org/docs/current/explicit-locking.html
enum class TableLockMode {
  none,
  access_share,
  row_share,
  row_exclusive,
  share_update_exclusive,
  share,
  share_row_exclusive,
  exclusive,
  access_exclusive,
};

/// `ACCESS EXCLUSIVE`; `none` for none.
std::string_view name_of(TableLockMode mode);

/// From `AccessExclusiveLock`, as pg_locks writes it; empty for a mode that tables do not have.
std::optional<TableLockMode> lock_mode_of_server(std::string_view mode);

/// What others cannot do meanwhile: `reads and writes`, `writes`, `writes and row locks`, `schema changes and VACUUM`;
/// empty where nothing is held up that an application does.
std::string_view blocked_by(TableLockMode mode);

/// True when readers or writers wait.
bool blocks_work(TableLockMode mode);

}  // namespace dbmigrate
