// Work that recurses as deep as its input is long.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace dbmigrate::sql {

/// Runs `work` on a thread of its own with at least `bytes` of stack and waits for it; what it throws is thrown here.
/// Memory is taken only as the stack is used. Where the system does not grant so much address space the stack is
/// smaller: `work` is told what it got. Throws Error{out_of_resources} when not even 16 MB are to be had.
void on_large_stack(std::size_t bytes, const std::function<void(std::size_t)>& work);

}  // namespace dbmigrate::sql
