// What a database should look like after a set of revisions, and what it looks like instead.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/catalog_file.hpp"

namespace dbmigrate {

/// How the objects of a revision came to be in the database.
enum class Origin {
  ran,
  adopted,  ///< they were there before: they may have more than they need
};

struct ExpectedText {
  std::string text;
  int server_major = 0;  ///< that printed it

  bool operator==(const ExpectedText&) const = default;
};

struct ExpectedObject {
  std::map<std::string, ExpectedText> properties;
  Origin origin = Origin::ran;
  RevisionId by;  ///< the revision that added it

  [[nodiscard]] Properties texts() const;
};

/// Columns that one revision added to one relation, in their order.
struct ColumnOrder {
  std::string relation;
  std::vector<ObjectKey> columns;
  Origin origin = Origin::ran;
};

struct ExpectedCatalog {
  std::map<ObjectKey, ExpectedObject> objects;
  std::vector<ColumnOrder> orders;

  /// Applies what a revision does. Files come in the order in which their revisions ran.
  void add(const CatalogFile& file, Origin origin);
};

/// A live catalog held against the expectation.
struct Comparison {
  std::vector<Difference> differences;
  std::vector<Difference> tolerated;  ///< extras and liberties of what was adopted
  /// Objects with a text that another major version of the server printed: `view public.v, expression`.
  std::vector<std::string> not_compared;
};

/// Looks for what is missing, changed, and unexpected in the schemas that the expectation has objects in. Owners and
/// privileges count only where a migration sets them, an extension's version and schema never.
Comparison compare(const ExpectedCatalog& expected, const Snapshot& live);

/// What of an object has to be so for the object to be adopted: types of columns, labels of enums, keys and indexes
/// as they are defined; other things are reported.
bool matters_for_adoption(const ObjectKey& key, const std::string& property);

/// True for objects without which there is nothing to adopt; not so CHECKs, and sequences of columns.
bool needed_for_adoption(const Object& object);

/// The differences of one object that is there in the snapshot `from`, and which of them may be because it was adopted.
struct ObjectComparison {
  std::vector<PropertyChange> changes;
  std::vector<PropertyChange> tolerated;
  std::vector<std::string> not_compared;  ///< names of properties
};
ObjectComparison compare_object(const ObjectKey& key, const std::map<std::string, ExpectedText>& expected,
                                Origin origin, const Properties& live, const Snapshot& from);

}  // namespace dbmigrate
