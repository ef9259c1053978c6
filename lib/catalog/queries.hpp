// The questions that a snapshot asks of pg_catalog.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace dbmigrate::catalog_sql {

/// Each gives one row an object: its kind, its identity, then its properties under their names, NULL for one that is
/// as usual. `$1` is the schema to leave out. They rely on search_path being pg_catalog alone.
std::vector<std::string> snapshot_queries(int server_major);

/// Two columns: a name as SQL writes it, and the schema of the extension's object that has it.
std::string extension_names();

// Parts of them.

/// A WITH clause: `ours`, the schemas that count, and `member`, what extensions brought along.
std::string with_ours();

/// Condition: the row of `catalog` whose OID is `oid` is no extension's.
std::string no_member(const std::string& catalog, const std::string& oid);

/// What an ACL grants and revokes beside the default for objects of that type (the letter of acldefault()), a line
/// each; NULL when nothing.
std::string privileges(const std::string& acl, const std::string& type, const std::string& owner);

std::vector<std::string> relation_queries(int server_major);
std::vector<std::string> routine_queries(int server_major);
std::vector<std::string> other_queries(int server_major);

}  // namespace dbmigrate::catalog_sql
