// Rows of the target that a statement would fail on.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "preview/target_reader.hpp"
#include "trace/statement_trace.hpp"

namespace dbmigrate {

struct ValueCheck {
  enum class Outcome {
    holds,
    fails,
    when_reached,  ///< table or column comes with the plan
    unknown,       ///< the target could not be asked
  };
  Outcome outcome = Outcome::holds;
  std::int64_t rows = 0;  ///< that stand against it
  std::string why;        ///< it is not known, a clause
};

/// Asks the target; keeps what it learns of columns.
class ValueChecks {
 public:
  explicit ValueChecks(TargetReader& reader) : reader_(reader) {}
  ValueCheck check(const ValueDemand& demand);

 private:
  bool has_columns(const std::string& table, const std::vector<std::string>& columns, ValueDemand::Kind kind);

  TargetReader& reader_;
  std::map<std::string, std::vector<std::string>> columns_;
};

/// The query of one count: rows that stand against the demand.
std::string refused_rows_sql(const ValueDemand& demand);

/// `no row of public.users has NULL in email`
std::string demanded_text(const ValueDemand& demand);

/// `3 rows of public.users have NULL in email`
std::string refused_rows_text(const ValueDemand& demand, std::int64_t rows);

}  // namespace dbmigrate
