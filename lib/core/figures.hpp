// Counts and sizes for people.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dbmigrate {

/// `1,234,567`
std::string grouped(std::int64_t number);

/// `1 revision`, `3 revisions`, `1,200 rows`; a noun ending in s, x or ch takes `es`, one in consonant + y `ies`.
std::string count_of(std::int64_t number, std::string_view noun);

/// `512 B`, `1.5 kB`, `39 MB`: powers of 1024, as PostgreSQL's pg_size_pretty() names them.
std::string size_for_people(std::int64_t bytes);

}  // namespace dbmigrate
