// Everything that came before a statement: the schema, the transaction it is in, and the settings in force.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "descriptor/migration.hpp"
#include "lint/known_schema.hpp"
#include "lint/prediction.hpp"
#include "lint/session_settings.hpp"
#include "lint/statement.hpp"

namespace dbmigrate {

struct EarlierStatement {
  std::vector<sql::Action> actions;
  Prediction prediction;
  std::vector<ObjectName> blocks;  ///< tables that others use, and wait for now; of a partition, its parent
  bool parsed = true;
};

struct RowLockOrder {
  bool operator()(const std::pair<ObjectName, TableLockMode>& left,
                  const std::pair<ObjectName, TableLockMode>& right) const {
    return std::tie(left.first.schema, left.first.name, left.second) <
           std::tie(right.first.schema, right.first.name, right.second);
  }
};

class ScriptSoFar {
 public:
  ScriptSoFar(KnownSchema schema, PredictionSettings settings) : schema_(std::move(schema)), settings_(settings) {}

  [[nodiscard]] const KnownSchema& schema() const { return schema_; }
  [[nodiscard]] const PredictionSettings& prediction_settings() const { return settings_; }
  [[nodiscard]] int server_major() const { return settings_.server_major; }

  /// Made earlier in this run, or temporary: nobody else uses it.
  [[nodiscard]] bool created_table(const ObjectName& table) const { return !schema_.is_old(table); }
  [[nodiscard]] bool is_old(const ObjectName& relation) const { return schema_.is_old(relation); }

  /// The runner's transaction, or one that the script began.
  [[nodiscard]] bool in_transaction() const { return wrapped_ || block_; }
  /// The runner puts the whole text into a transaction.
  [[nodiscard]] bool is_wrapped() const { return wrapped_; }
  /// Between a BEGIN and a COMMIT of the script's own.
  [[nodiscard]] bool in_own_block() const { return block_; }
  /// Tables that others use and that these locks make them wait for; of a partition, its parent.
  [[nodiscard]] std::vector<ObjectName> blocked_by(const Prediction& prediction) const;
  /// What ran in the same transaction so far, without rows written to tables that it had written to before.
  [[nodiscard]] const std::vector<EarlierStatement>& in_same_transaction() const { return transaction_; }

  /// What the script has set.
  [[nodiscard]] const SessionSettings& settings() const { return session_; }
  /// Whether the statement waits for a lock only so long: by the script's own setting, else by the runner's.
  [[nodiscard]] bool has_lock_timeout(const Statement& statement) const;
  /// Where the statement stands in its text, from 0, and how many there are.
  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t statements() const { return statements_; }
  [[nodiscard]] bool is_last() const { return position_ + 1 == statements_; }
  /// The statements of the same text that have not run yet.
  [[nodiscard]] std::span<const sql::Analysis> following() const { return following_; }

  // For the linter.
  KnownSchema& schema() { return schema_; }
  /// A piece of text begins. `continues`: in the same transaction as the one before it.
  void begin_text(bool wrapped, bool continues, std::size_t statements, std::optional<Milliseconds> lock_timeout);
  void set_position(std::size_t position, std::span<const sql::Analysis> following) {
    position_ = position;
    following_ = following;
  }
  /// The statement has run.
  void add(const Statement& statement);

 private:
  void remember(const Statement& statement);
  void forget_transaction();
  void control(const sql::TransactionControl& action);
  void set(const sql::SetVariable& action);
  void end_transaction(bool committed);

  KnownSchema schema_;
  PredictionSettings settings_;
  SessionSettings session_;
  bool wrapped_ = true;
  bool block_ = false;
  std::vector<EarlierStatement> transaction_;
  std::set<std::pair<ObjectName, TableLockMode>, RowLockOrder> row_locks_;  ///< of rows since something else ran
  std::optional<KnownSchema> before_;                                       ///< the transaction that the script began
  std::map<std::string, KnownSchema> savepoints_;
  std::optional<Milliseconds> runner_lock_timeout_;
  std::span<const sql::Analysis> following_;
  std::size_t position_ = 0;
  std::size_t statements_ = 0;
};

}  // namespace dbmigrate
