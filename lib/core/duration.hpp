// Durations as people write them: 500ms, 2s, 5min.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dbmigrate {

using Milliseconds = std::chrono::milliseconds;

/// `500ms`, `2s`, `5min`, `1h`, `1d` and a bare `0`; a fraction is allowed (`1.5s`). Empty for anything else:
/// a number without unit means milliseconds to PostgreSQL and seconds to most people.
std::optional<Milliseconds> parse_duration(std::string_view text);

/// The shortest exact form that parse_duration() reads, which PostgreSQL's settings read too.
std::string duration_text(Milliseconds duration);

/// For people: `12 ms`, `3.4 s`, `2 min 5 s`.
std::string duration_for_people(Milliseconds duration);

}  // namespace dbmigrate
