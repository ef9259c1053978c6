// Settings as a script leaves them: SET, SET LOCAL, RESET, and what a rollback takes back.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/duration.hpp"
#include "sql/actions.hpp"

namespace dbmigrate {

/// A timeout as PostgreSQL reads it: `2s`, `2000` (milliseconds), `1 min`. Nothing when it is none.
std::optional<Milliseconds> timeout_of(const std::string& value);

class SessionSettings {
 public:
  /// SET LOCAL has no effect outside a transaction block.
  void set(const sql::SetVariable& setting, bool in_transaction);
  void begin();
  void end(bool committed);

  /// Nothing where the script said nothing, or went back to the default.
  [[nodiscard]] std::vector<std::string> values(const std::string& name) const;
  /// The script went back to the default, which is the role's or the database's.
  [[nodiscard]] bool was_reset(const std::string& name) const;
  /// In force: a positive value.
  [[nodiscard]] std::optional<Milliseconds> timeout(const std::string& name) const;

 private:
  using Values = std::map<std::string, std::vector<std::string>>;

  Values session_;
  bool all_reset_ = false;
  Values local_;
  Values before_;  ///< the session's when the transaction began
};

}  // namespace dbmigrate
