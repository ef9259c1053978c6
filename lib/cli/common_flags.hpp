// The flags that every command takes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/flag_set.hpp"
#include "config/flags.hpp"

namespace dbmigrate {

/// Declares them after a command's own; `values` must live until the command line is parsed. `further_formats` are
/// what the command's --format takes besides text, json and ndjson.
void add_common_flags(FlagSet& flags, Flags& values, const std::vector<std::string>& further_formats = {});

}  // namespace dbmigrate
