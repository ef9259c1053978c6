// `-- dbmigrate: allow RULE-ID reason`: what a statement may do although a rule speaks against it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor/migration.hpp"
#include "sql/script.hpp"

namespace dbmigrate {

struct Allowance {
  std::string rule;
  std::string reason;
  std::size_t at = 0;  ///< of the rule's name in the text
  bool used = false;
};

class Allowances {
 public:
  Allowances() = default;
  explicit Allowances(std::vector<Allowance> all) : all_(std::move(all)) {}

  /// Why a line in this part of the text lets the finding pass; nothing = none does.
  std::optional<std::string> take(std::string_view rule, sql::Range part);
  [[nodiscard]] std::vector<Allowance> unused() const;

 private:
  std::vector<Allowance> all_;
};

/// In the order of the text. Throws Error{invalid_descriptor} for a line that is malformed.
Allowances allowances_in(const SqlText& sql);

}  // namespace dbmigrate
