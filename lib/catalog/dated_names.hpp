// Names with a day in them: what a revision sets aside is called by the day on which it ran.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "catalog/object.hpp"

namespace dbmigrate {

/// A table that a revision renames out of the way gets a name ending in `_archived_` and eight digits, so it is called
/// otherwise in every database. Such a table, sequence or view is `orders_archived_YYYYMMDD` in what this returns, in
/// identities and in every property that names it. Where several days are there, that goes for the latest; the others
/// keep their names, since they are from before.
///
/// `names` receives what was replaced: `orders_archived_YYYYMMDD` to `orders_archived_20251101`.
std::map<ObjectKey, Properties> without_days(std::map<ObjectKey, Properties> objects,
                                             std::map<std::string, std::string>& names);

/// Puts the days back into a qualified name, as SQL needs it.
std::string with_days(std::string identity, const std::map<std::string, std::string>& names);

/// True for a name that stands without its day, as only catalog files have it.
bool has_day_left_out(std::string_view identity);

/// What such a relation was called before it was set aside; empty for a name that does not stand without its day.
std::string name_before(std::string_view identity);

}  // namespace dbmigrate
