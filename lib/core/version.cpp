// The version comes from the build, which has it from CMakeLists.txt.
// SPDX-License-Identifier: Apache-2.0
#include "core/version.hpp"

namespace dbmigrate {
std::string_view program_version() { return DBMIGRATE_VERSION; }
}  // namespace dbmigrate
