// One error out of all that is wrong with a graph.
// SPDX-License-Identifier: Apache-2.0
#include "graph/graph_problems.hpp"

#include <fmt/format.h>

#include <optional>

#include "core/error.hpp"
#include "core/words.hpp"

namespace dbmigrate {
namespace {

std::string line_of(const GraphProblem& problem) {
  const auto line = fmt::format("{}: {}", listed(problem.files), problem.text);
  return problem.hint.empty() ? line : fmt::format("{}. {}", line, problem.hint);
}

}  // namespace

void GraphProblems::throw_if_any() const {
  if (problems_.empty()) return;
  if (problems_.size() == 1) {
    const auto& problem = problems_.front();
    std::optional<Location> at;
    if (problem.files.size() == 1) at = Location{.file = problem.files.front()};
    throw Error({.code = ErrorCode::invalid_graph,
                 .message = problem.text,
                 .detail = fmt::format("It stands in {}.", listed(problem.files)),
                 .hint = problem.hint,
                 .at = at});
  }
  std::string lines;
  for (const auto& problem : problems_) {
    if (!lines.empty()) lines += '\n';
    lines += line_of(problem);
  }
  throw Error({.code = ErrorCode::invalid_graph,
               .message = fmt::format("the migrations have {} problems", problems_.size()),
               .detail = lines,
               .hint = "Correct the files named; nothing has run."});
}

}  // namespace dbmigrate
