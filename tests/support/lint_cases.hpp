// Reads tests/data/lint_*.txt: a case has a name, settings, SQL, and the rules that fire.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "support/lint.hpp"

namespace dbmigrate::tests {

struct LintCase {
  std::string name;
  std::string sql{};
  std::set<std::string> expected{};
  LintSetup setup{};
  std::string refused{};  ///< SQLSTATE with which a server refuses it; empty = it takes it
  bool splits = true;     ///< whether psql would send all of it
  int since = 0;          ///< the first server version that knows its syntax
};

inline void read_setting(const std::string& line, LintCase& one) {
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    if (word == "@none") one.setup.transaction = TransactionMode::none;
    if (word == "@bare") one.setup.given.clear();
    if (word == "@server") words >> one.setup.server_major;
    if (word == "@refused") words >> one.refused;
    if (word == "@since") words >> one.since;
    if (word == "@unsplit") one.splits = false;
    if (word == "@timeout") {
      int milliseconds = 0;
      words >> milliseconds;
      one.setup.lock_timeout = Milliseconds(milliseconds);
    }
  }
}

/// `given` is what each of them finds.
inline std::vector<LintCase> lint_cases(const std::string& file, const std::string& given) {
  std::istringstream lines(read_file(file));
  std::vector<LintCase> all;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("== ")) {
      all.push_back({.name = line.substr(3), .setup = {.given = given}});
    } else if (all.empty()) {
      continue;
    } else if (line.starts_with("=>")) {
      std::istringstream words(line.substr(2));
      for (std::string word; words >> word;) all.back().expected.insert(word);
    } else if (line.starts_with("@")) {
      read_setting(line, all.back());
    } else {
      all.back().sql += line + "\n";
    }
  }
  return all;
}

}  // namespace dbmigrate::tests
