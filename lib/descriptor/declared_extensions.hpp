// The extensions that a migration declares.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "descriptor/migration.hpp"

namespace dbmigrate {

/// Those that its `up` creates by a CREATE EXTENSION of its own, sorted, each once; a DO block's are not seen.
std::vector<std::string> declared_extensions(const Migration& migration);

}  // namespace dbmigrate
