// The Error that something throws, as a value to look at.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "core/error.hpp"
#include "support/catch.hpp"

namespace dbmigrate {

/// Fails the test when `action` throws no Error.
template <typename Action>
ErrorInfo error_of(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    return error.info();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace dbmigrate
