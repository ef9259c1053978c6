// What two catalogs differ in, as a reviewer reads it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/object.hpp"

namespace dbmigrate {

/// Nothing = the property is not there.
struct PropertyChange {
  std::string property;
  std::optional<std::string> before;
  std::optional<std::string> after;

  bool operator==(const PropertyChange&) const = default;
};

struct Difference {
  enum class Kind {
    missing,     ///< only before
    unexpected,  ///< only after
    changed,
  };
  Kind kind = Kind::changed;
  Object object;                        ///< as it was where it is missing, else as it is
  std::vector<PropertyChange> changes;  ///< of a changed one, by name; never empty

  bool operator==(const Difference&) const = default;
};

std::string_view name_of(Difference::Kind kind);

using Objects = std::map<ObjectKey, Properties>;

/// By kind and identity; empty when they are equal. Linear in both.
std::vector<Difference> compare(const Objects& before, const Objects& after);

/// The properties that differ.
std::vector<PropertyChange> compare(const Properties& before, const Properties& after);

/// One difference: a line for the object, then one for each property, `before → after`; texts of several lines as
/// hunks of a unified diff. Without a line feed at the end.
std::string review_text(const Difference& difference);

/// All of them. What belongs to a relation that is itself missing or unexpected is counted, not listed.
std::string review_text(const std::vector<Difference>& differences);

/// Those that say something of their own: without the parts of a relation that is missing or unexpected as a whole.
std::vector<const Difference*> own_differences(const std::vector<Difference>& differences);

/// Both as lines; hunks begin with `@@`. Empty when they are equal.
std::string unified_hunks(const std::string& before, const std::string& after);

}  // namespace dbmigrate
