// What the operating system refuses, as an Error.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dbmigrate {

/// Throws Error{out_of_resources} when space or processes ran out, else Error{file_unreadable}.
/// `reason` is errno; `hint` the next step where space is not the matter.
[[noreturn]] void fail_by_system(std::string message, int reason, std::string hint);

}  // namespace dbmigrate
