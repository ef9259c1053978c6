// What is wrong with a set of migrations, gathered so that all of it is told at once.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace dbmigrate {

struct GraphProblem {
  std::vector<std::string> files;  ///< where it stands; never empty
  std::string text;                ///< one fact on one line, no full stop
  std::string hint;                ///< the next step, in a sentence; may be empty
};

class GraphProblems {
 public:
  void add(GraphProblem problem) { problems_.push_back(std::move(problem)); }
  /// Looking for near names reads every name of a branch, so only the first problems of a run get it.
  [[nodiscard]] bool worth_a_suggestion() const { return problems_.size() < kSuggestions; }
  /// Throws Error{invalid_graph}: a single problem is the message, several are counted and listed one a line.
  void throw_if_any() const;

 private:
  static constexpr std::size_t kSuggestions = 20;
  std::vector<GraphProblem> problems_;
};

}  // namespace dbmigrate
