// Questions that every reader of a trace has.
// SPDX-License-Identifier: Apache-2.0
#include "trace/statement_trace.hpp"

#include <algorithm>

namespace dbmigrate {

TableLockMode StatementTrace::strongest_lock() const {
  auto strongest = TableLockMode::none;
  for (const auto& lock : locks) strongest = std::max(strongest, lock.mode);
  return strongest;
}

bool StatementTrace::builds_index() const {
  return std::any_of(indexes.begin(), indexes.end(), [](const IndexChange& change) {
    return change.kind == IndexChange::Kind::built || change.kind == IndexChange::Kind::rebuilt;
  });
}

bool StatementTrace::writes(const std::string& table) const {
  return std::any_of(locks.begin(), locks.end(), [&](const RelationLock& lock) {
    return lock.relation == table && lock.mode == TableLockMode::row_exclusive;
  });
}

}  // namespace dbmigrate
