// This program's own version.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dbmigrate {
std::string_view program_version();  ///< `0.1.0`
}
