// Two catalogs that should be one and the same, and what it means where they are not.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/difference.hpp"
#include "catalog/snapshot.hpp"

namespace dbmigrate {

struct CatalogComparison {
  std::vector<Difference> differences;  ///< what is otherwise
  std::vector<Difference> order;        ///< tables whose columns are the same in another order
  std::vector<Difference> clock;        ///< what is the same but for a day or time that is written out in it
};

/// Both of one server, owners, privileges and printed texts included.
CatalogComparison compare_catalogs(const Snapshot& before, const Snapshot& after);

/// Objects that are there after and not before, or changed, and that have the day in them: in a dated name
/// (catalog/dated_names.hpp), or as one of `spellings` that is not in `sql`, the text of what ran between the two.
std::vector<ObjectKey> made_by_the_clock(const Snapshot& before, const Snapshot& after,
                                         const std::vector<std::string>& spellings, std::string_view sql);

}  // namespace dbmigrate
