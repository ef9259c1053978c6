// JSON with keys in the order they were written. Heavy: include core/json_fwd.hpp in headers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

namespace dbmigrate {
using Json = nlohmann::ordered_json;
}
