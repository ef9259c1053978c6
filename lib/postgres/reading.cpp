// BEGIN or SAVEPOINT, and back.
// SPDX-License-Identifier: Apache-2.0
#include "postgres/reading.hpp"

#include <exception>
#include <utility>

namespace dbmigrate {

Reading::Reading(Session& session) : session_(session), nested_(session.status() == TransactionStatus::open) {
  session_.run(nested_ ? "SAVEPOINT dbmigrate_reading" : "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
}

Reading::~Reading() {
  try {
    end();
  } catch (const std::exception&) {
    // What went wrong is on its way already; the next statement tells what became of the connection.
  }
}

void Reading::end() {
  if (std::exchange(ended_, true) || session_.status() == TransactionStatus::lost) return;
  session_.run(nested_ ? "ROLLBACK TO SAVEPOINT dbmigrate_reading; RELEASE SAVEPOINT dbmigrate_reading" : "ROLLBACK");
}

}  // namespace dbmigrate
