// One line for each problem, as compilers print them.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace dbmigrate {
namespace {

constexpr std::size_t kMostLines = 100;

std::string line_of(const ErrorInfo& problem) {
  if (!problem.at) return problem.message;
  return fmt::format("{}: {}", problem.at->text(), problem.message);
}

}  // namespace

void Problems::throw_if_any() const {
  if (problems_.empty()) return;
  if (problems_.size() == 1) throw Error(problems_.front());
  std::string detail;
  for (std::size_t i = 0; i < std::min(problems_.size(), kMostLines); ++i) {
    if (i > 0) detail += '\n';
    detail += line_of(problems_[i]);
  }
  if (problems_.size() > kMostLines) detail += fmt::format("\nand {} more", problems_.size() - kMostLines);
  const bool unreadable = std::all_of(problems_.begin(), problems_.end(), [](const ErrorInfo& problem) {
    return problem.code == ErrorCode::file_unreadable;
  });
  throw Error({.code = unreadable ? ErrorCode::file_unreadable : ErrorCode::invalid_descriptor,
               .message = fmt::format("{} problems in the migrations", problems_.size()),
               .detail = std::move(detail),
               .hint = "Mend them all, then run the command again.",
               .at = problems_.front().at});
}

}  // namespace dbmigrate
