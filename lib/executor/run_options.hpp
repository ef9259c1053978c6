// How a run goes about its work.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "contract/contracts.hpp"
#include "ledger/ledger.hpp"

namespace dbmigrate {

struct RunOptions {
  std::string conninfo;  ///< URL or keywords; empty = libpq's environment
  std::string version_schema = "dbmigrate";
  std::string role;      ///< SET first; empty = the user that connects
  Milliseconds wait{0};  ///< for another run to end
  Milliseconds lock_timeout{2'000};
  Milliseconds statement_timeout{0};
  Milliseconds lock_retry_for{300'000};
  Milliseconds reconnect_for{30'000};  ///< for a lost server to answer; 0 = the loss ends the run
  Milliseconds idle_timeout{30'000};   ///< after which the server ends the transactions of a silent run
  /// When every wait for the server is given up, for commands that only look; empty = never.
  std::optional<std::chrono::steady_clock::time_point> until{};
  bool single_transaction = false;
  bool allow_data_loss = false;  ///< downgrades may destroy rows
  bool tells_every_row = false;  ///< of a backfill; else the first rows, then batches
  /// What the user agreed to and a revision's SQL may ask for: `accept_skipped` is the setting
  /// dbmigrate.accept_skipped, `on` in every transaction of the run. allow_data_loss is there as well.
  std::vector<std::string> agreed;
  const Contracts* contracts = nullptr;  ///< of the project, to be held; outlives the run; null = none
  RunIdentity identity;
};

}  // namespace dbmigrate
