// What a descriptor claims about data: requires, loses, checks and the verdict.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "descriptor/migration.hpp"
#include "yaml/value.hpp"

namespace dbmigrate {

/// Each throws Error{invalid_descriptor}.
std::vector<Requirement> read_requirements(const yaml::Value& value);
std::vector<Loss> read_losses(const yaml::Value& value);
std::vector<Check> read_checks(const yaml::Value& value);
Verdict read_verdict(const yaml::Value& value);

}  // namespace dbmigrate
