// The linter, told of the live catalog and asked one revision after the other.
// SPDX-License-Identifier: Apache-2.0
#include "cli/lint_findings.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/snapshot.hpp"
#include "cli/lint_sources.hpp"
#include "cli/live_catalog.hpp"
#include "lint/plan_linter.hpp"
#include "lint/schema_of_catalog.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

/// As PostgreSQL writes it: in quotes only where it has to be.
std::string as_sql(const std::string& name) {
  const bool plain = !name.empty() && (name[0] < '0' || name[0] > '9') &&
                     std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  return plain ? name : sql::quote_identifier(name);
}

PreviewFinding finding_of(LintFinding&& found) {
  PreviewFinding finding{.rule = found.rule->id,
                         .severity = found.severity,
                         .at = std::move(found.at),
                         .message = std::move(found.message),
                         .hint = found.rule->remedy};
  if (!found.relation.name.empty()) {
    finding.relation =
        (found.relation.schema.empty() ? "" : as_sql(found.relation.schema) + ".") + as_sql(found.relation.name);
  }
  finding.allowed_because = std::move(found.allowed_because);
  return finding;
}

}  // namespace

FindingsFor lint_findings(Context& context, Session& session, std::string_view version_schema) {
  const auto& settings = context.settings();
  // The database is not asked about syntax: reading an INSERT would lock its table. The clone runs it anyway.
  auto linter = std::make_shared<PlanLinter>(schema_of(read_snapshot(session, version_schema)),
                                             PlanLintSettings{.prediction = prediction_settings_of(session),
                                                              .lock_timeout = *settings.lock_timeout,
                                                              .levels = settings.lint.levels,
                                                              .check = {}});
  return [linter, &context](const Migration& migration) {
    std::vector<PreviewFinding> findings;
    for (auto& found : linter->findings_of(migration, levels_of_branch(context.graph(), migration.id.branch))) {
      findings.push_back(finding_of(std::move(found)));
    }
    return findings;
  };
}

}  // namespace dbmigrate
