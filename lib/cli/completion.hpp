// What a shell may offer next.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.hpp"

namespace dbmigrate {

struct Candidate {
  std::string text;
  std::string description;  ///< one line; may be empty
  bool operator==(const Candidate&) const = default;
};

/// `words` are those after `dbmigrate`, the last one (possibly empty) is to be completed. Never throws: where the
/// settings or migrations cannot be read there is nothing to offer. `:file` and `:directory` stand for paths.
std::vector<Candidate> candidates(const std::vector<std::string>& words, World& world);

/// `dbmigrate __complete WORD…`: each candidate on its own line, a tab before its description.
ExitCode complete(const std::vector<std::string>& words, World& world);

/// The script for `bash`, `zsh` or `fish` that asks `__complete`.
std::string_view completion_script(std::string_view shell);

}  // namespace dbmigrate
