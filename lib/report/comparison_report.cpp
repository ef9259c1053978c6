// Differences in the words of catalog/difference.hpp.
// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_report.hpp"

#include <fmt/format.h>

#include <string>

#include "core/json.hpp"

namespace dbmigrate {
namespace {

Json side(const std::optional<std::string>& value) { return value ? Json(*value) : Json(nullptr); }

Json json_of(const std::vector<Difference>& differences) {
  Json list = Json::array();
  for (const auto& one : differences) list.push_back(difference_json(one));
  return list;
}

}  // namespace

Json difference_json(const Difference& difference) {
  Json changes = Json::array();
  for (const auto& one : difference.changes) {
    changes.push_back({{"property", one.property}, {"before", side(one.before)}, {"after", side(one.after)}});
  }
  return {{"difference", name_of(difference.kind)},
          {"kind", name_of(difference.object.key.kind)},
          {"object", difference.object.key.identity},
          {"changes", std::move(changes)}};
}

void show_comparison(Report& report, const Comparison& comparison) {
  report.result()["differences"] = json_of(comparison.differences);
  report.result()["tolerated"] = json_of(comparison.tolerated);
  report.result()["not_compared"] = comparison.not_compared;
  if (!comparison.differences.empty()) report.line(review_text(comparison.differences));
  if (!comparison.tolerated.empty()) {
    report.detail(
        fmt::format("adopted objects have more or other than they need:\n{}", review_text(comparison.tolerated)));
  }
  for (const auto& one : comparison.not_compared) {
    report.detail(fmt::format("text not compared, another major version printed it: {}", one));
  }
}

}  // namespace dbmigrate
