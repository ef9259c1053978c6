// The name of our JSON type, for headers.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace dbmigrate {
using Json = nlohmann::ordered_json;
}
