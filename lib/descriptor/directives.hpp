// The lines `-- dbmigrate…` in SQL: sections, settings and allowed findings.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "descriptor/migration.hpp"

namespace dbmigrate {

struct Directive {
  enum class Kind { up, down, setting, allow } kind = Kind::setting;
  std::size_t begin = 0;  ///< its line, from the first byte ...
  std::size_t end = 0;    ///< ... to behind the line feed
  std::size_t key_at = 0;
  std::size_t value_at = 0;
  std::string_view key;    ///< of a setting; the rule of an allowed finding
  std::string_view value;  ///< of a setting; the reason of an allowed finding
};

/// The first one whose line begins at `from` or later. Throws Error{invalid_descriptor} for one that is malformed.
/// The views point into `sql.text`.
std::optional<Directive> next_directive(const SqlText& sql, std::size_t from);

/// Where byte `offset` of the text is in the file it was written in.
Location location_in(const SqlText& sql, std::size_t offset);

/// The first byte at or after `from` that is neither blank nor comment; the size of `text` when there is none.
std::size_t skip_blanks_and_comments(std::string_view text, std::size_t from);

/// Whether there is anything to run: not only blanks, comments and semicolons.
bool has_statement(std::string_view text);

}  // namespace dbmigrate
