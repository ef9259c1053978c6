// Findings of lint as text, JSON, SARIF and GitHub's annotations.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/json_fwd.hpp"
#include "lint/linter.hpp"
#include "report/report.hpp"

namespace dbmigrate {

struct RelationSize {
  std::int64_t rows = 0;   ///< as the planner estimates them
  std::int64_t bytes = 0;  ///< with indexes and TOAST
};
using RelationSizes = ByName<RelationSize>;

/// Each finding with its source line and a caret, and once for each rule why it matters and what to write instead.
void show_findings(Report& report, const std::vector<LintFinding>& findings, const RelationSizes& sizes);

/// `findings` and `counts` of the document's result.
void findings_into(Json& result, const std::vector<LintFinding>& findings, const RelationSizes& sizes);

/// A SARIF 2.1.0 log.
Json findings_sarif(const std::vector<LintFinding>& findings);

/// Lines that GitHub Actions turns into annotations.
void show_annotations(Report& report, const std::vector<LintFinding>& findings);

}  // namespace dbmigrate
