// The migrations that we ship, with something changed for a test.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dbmigrate::tests {

/// Copies the branch into `folder` with batches of `rows` rows, so that there are many of them. Returns `folder`.
std::string with_small_batches(std::string_view branch, int rows, const std::string& folder);

}  // namespace dbmigrate::tests
