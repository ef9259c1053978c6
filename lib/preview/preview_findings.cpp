// All findings of a preview, sorted.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <vector>

#include "preview/preview.hpp"

namespace dbmigrate {
namespace {

int rank_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return 0;
    case Severity::warning:
      return 1;
    case Severity::info:
      break;
  }
  return 2;
}

std::vector<const PreviewFinding*> all_findings(const Preview& preview) {
  std::vector<const PreviewFinding*> all;
  for (const auto& finding : preview.findings) all.push_back(&finding);
  for (const auto& revision : preview.revisions) {
    for (const auto& statement : revision.statements) {
      for (const auto& finding : statement.findings) all.push_back(&finding);
    }
  }
  return all;
}

}  // namespace

std::vector<const PreviewFinding*> Preview::worst_first() const {
  auto all = all_findings(*this);
  std::erase_if(all, [](const auto* finding) { return !finding->allowed_because.empty(); });
  std::stable_sort(all.begin(), all.end(), [](const auto* left, const auto* right) {
    return rank_of(left->severity) < rank_of(right->severity);
  });
  return all;
}

std::vector<const PreviewFinding*> Preview::allowed() const {
  auto all = all_findings(*this);
  std::erase_if(all, [](const auto* finding) { return finding->allowed_because.empty(); });
  return all;
}

std::optional<Severity> Preview::worst() const {
  const auto all = worst_first();
  if (all.empty()) return std::nullopt;
  return all.front()->severity;
}

}  // namespace dbmigrate
