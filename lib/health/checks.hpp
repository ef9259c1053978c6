// The checks that there are.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "health/health_check.hpp"

namespace dbmigrate {

/// The first four are told first, before the summary; ids are unique.
const std::vector<HealthCheck>& health_checks();

}  // namespace dbmigrate
