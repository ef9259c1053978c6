// Test reports in the XML that CI systems read.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/duration.hpp"

namespace dbmigrate {

struct JunitCase {
  enum class Outcome { passed, failed, skipped, broken } outcome = Outcome::passed;
  std::string suite;  ///< cases of one suite stand together
  std::string name;
  std::string message;  ///< one line: why it failed, was skipped, or could not be tried
  std::string text;     ///< everything else; may be empty
  Milliseconds took{0};
};

/// A whole document, well-formed whatever the texts hold: characters that XML cannot have become U+FFFD.
std::string junit_xml(std::string_view name, const std::vector<JunitCase>& cases);

}  // namespace dbmigrate
