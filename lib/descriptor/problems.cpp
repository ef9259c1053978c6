// One line for each problem, as compilers print them.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "core/words.hpp"

namespace dbmigrate {
namespace {

constexpr std::size_t kMostLines = 100;

std::string line_of(const ErrorInfo& problem) {
  if (!problem.at) return problem.message;
  return fmt::format("{}: {}", problem.at->text(), problem.message);
}

/// By file in the order in which people list them, then by place.
bool before(const ErrorInfo& left, const ErrorInfo& right) {
  const auto a = left.at.value_or(Location{});
  const auto b = right.at.value_or(Location{});
  if (const auto order = natural_order(a.file, b.file); order != 0) return order < 0;
  return std::pair(a.line, a.column) < std::pair(b.line, b.column);
}

}  // namespace

void Problems::throw_if_any() const {
  if (problems_.empty()) return;
  if (problems_.size() == 1) throw Error(problems_.front());
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(), before);
  std::string detail;
  for (std::size_t i = 0; i < std::min(sorted.size(), kMostLines); ++i) {
    if (i > 0) detail += '\n';
    detail += line_of(sorted[i]);
  }
  if (sorted.size() > kMostLines) detail += fmt::format("\nand {} more", sorted.size() - kMostLines);
  const bool unreadable = std::all_of(sorted.begin(), sorted.end(), [](const ErrorInfo& problem) {
    return problem.code == ErrorCode::file_unreadable;
  });
  throw Error({.code = unreadable ? ErrorCode::file_unreadable : ErrorCode::invalid_descriptor,
               .message = fmt::format("{} problems in the migrations", sorted.size()),
               .detail = std::move(detail),
               .hint = "Mend them all, then run the command again.",
               .at = sorted.front().at});
}

}  // namespace dbmigrate
