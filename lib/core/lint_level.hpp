// A severity that somebody gave to a lint rule in a settings file.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/error.hpp"

namespace dbmigrate {

struct LintLevel {
  std::string rule;
  std::string level;  ///< `error`, `warning`, `info` or `off`
  Location at;        ///< of the level
};

}  // namespace dbmigrate
