// Names that something provisional has.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "health/probe.hpp"

namespace dbmigrate {

/// A regular expression, without quotes in it.
inline constexpr std::string_view kLeftOverName = "_(old|new|bak|backup|tmp|temp|copy)(_?[0-9]{1,14})?$";

/// `object` as a finding has it: `table public.users_old`. False where nobody knows.
bool is_made_by_a_revision(Probe& probe, const std::string& object);

/// True for a table with such a name that no revision made.
bool is_left_over(Probe& probe, const ObjectKey& key);

}  // namespace dbmigrate
