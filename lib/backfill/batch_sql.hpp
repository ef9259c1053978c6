// The author's SQL of a batch, and what its errors mean.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "descriptor/migration.hpp"
#include "postgres/session.hpp"

namespace dbmigrate {

/// Throws Error{invalid_descriptor} for what cannot stand in a batch: transaction control, statements that PostgreSQL
/// refuses in a transaction, COPY data.
void require_batch_sql(const Backfill& backfill);

/// What must stay the same while a backfill is half-way.
std::string backfill_text(const Backfill& backfill);

/// The error with file, line and statement; `sql` was sent from the first byte of the message.
Error located_in(const SqlText& sql, const ServerError& error);

/// True when single rows may be to blame, so that a smaller batch is worth a try: constraints, values, what triggers
/// raise, time. False for a mistake in the SQL, missing rights and a server in trouble.
bool is_row_error(std::string_view sqlstate);

}  // namespace dbmigrate
