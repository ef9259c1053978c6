// One version of a frozen relation, as its file says it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "descriptor/migration.hpp"

namespace dbmigrate {

/// A relation's name, taken apart and without quotes.
struct RelationName {
  std::string schema;
  std::string name;

  auto operator<=>(const RelationName&) const = default;
  /// `public.attempt`; for people, so nothing is quoted.
  [[nodiscard]] std::string text() const { return schema + "." + name; }
};

struct ContractColumn {
  std::string name;
  std::string type;       ///< as format_type() prints it, whatever alias the file has
  bool required = false;  ///< never NULL

  bool operator==(const ContractColumn&) const = default;
};

/// Rows that go in, and what has to come out.
struct GoldenRows {
  std::string name;
  SqlText given;
  SqlText query;
  std::vector<std::vector<std::optional<std::string>>> expect;  ///< as text, at UTC; nothing = NULL
};

struct Contract {
  std::string branch;
  std::string name;
  int version = 1;
  RelationName relation;
  std::vector<ContractColumn> columns;  ///< all of them, in their order
  std::vector<GoldenRows> golden;
  // How readers get here from the version before; never empty from version 2 on.
  std::string rfc;
  std::vector<std::string> sign_offs;
  std::string data_path;
  std::string notice;
  std::string file;  ///< for messages

  /// `attempt v2`
  [[nodiscard]] std::string text() const { return name + " v" + std::to_string(version); }
};

}  // namespace dbmigrate
