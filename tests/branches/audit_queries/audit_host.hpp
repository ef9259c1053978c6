// The database of the audit_queries project, before dbmigrate came.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "../host.hpp"

namespace dbmigrate::tests {

bool contains(const std::string& text, std::string_view part);

class AuditHost : public Host {
 public:
  /// The tables, filled, with foreign keys of the user's own at ai_queries, and a comment on it.
  explicit AuditHost(int rows = 480);

  /// What else a user may have: columns, an index, a trigger, grants, comments.
  void add_users_own();
  /// `query_hash` as a generated column.
  void generate_hash();

  /// A digest of each table of the project.
  std::string all_rows();
  /// Of the branch's revisions, `REVISION STATE` by name; empty without a version table.
  std::string recorded();
};

}  // namespace dbmigrate::tests
