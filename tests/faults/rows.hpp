// The rows of all tables as text that two runs with other clocks and other random ids have in common.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

namespace dbmigrate::faults {

struct TableRow {
  std::string table;
  std::string json;
};

/// What was there before the run: ids and the moment, as `YYYY-MM-DDTHH:MM:SS.ffffff` in UTC.
struct Before {
  std::set<std::string> ids;
  std::string moment;
};

/// Every UUID in `rows`.
std::set<std::string> ids_in(const std::vector<TableRow>& rows);

/// `sql` with other ids, the same in every call: how many messages a run takes depends on the order of random ones.
std::string with_fixed_ids(const std::string& sql);

/// One line for each different row, with how often it is there. A time after `before` is `now`. An id that is not of
/// `before` is replaced by a digest of all rows that it stands in, to the third degree: what refers to what is
/// compared, and the random part is not.
std::string canonical_rows(const std::vector<TableRow>& rows, const Before& before);

}  // namespace dbmigrate::faults
