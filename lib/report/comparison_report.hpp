// A live catalog against the expectation, for people and for scripts.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/expected_catalog.hpp"
#include "core/json_fwd.hpp"
#include "report/report.hpp"

namespace dbmigrate {

/// `{difference, kind, object, changes[] {property, before, after}}`
Json difference_json(const Difference& difference);

/// Differences as results, liberties of adopted revisions and texts that could not be compared with -v. JSON:
/// `differences[]`, `tolerated[]`, `not_compared[]`.
void show_comparison(Report& report, const Comparison& comparison);

}  // namespace dbmigrate
