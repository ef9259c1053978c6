// What several checks say of the expected catalog.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {

/// Throws CannotTell where nobody knows what a revision of the selected branches left behind.
void require_known_expectation(Probe& probe);

/// Expected objects of these kinds, of the selected branches, that are not there.
Look missing_objects(Probe& probe, std::initializer_list<ObjectKind> kinds);

/// True for what a revision of a selected branch made, or nobody did.
bool is_of_selected(Probe& probe, const ObjectKey& key);

}  // namespace dbmigrate
