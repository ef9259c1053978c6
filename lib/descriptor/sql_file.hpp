// SQL text and the settings in its leading comments.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "descriptor/migration.hpp"
#include "yaml/document.hpp"

namespace dbmigrate {

/// What runs in one direction. `settings` is a mapping as a descriptor would have it, so that both are read alike.
struct SqlPart {
  SqlText sql;
  yaml::Document settings;
};

struct SectionedSql {
  SqlPart up;
  std::optional<SqlPart> down;
};

/// A file or block without sections. Throws Error{invalid_descriptor} for a section line, for a setting that stands
/// behind the first statement or is there twice, and for malformed lines.
SqlPart read_part(SqlText sql);

/// A file with `-- dbmigrate:up` and `-- dbmigrate:down`; empty when it has neither. Throws as read_part() does.
std::optional<SectionedSql> read_sections(const SqlText& sql);

}  // namespace dbmigrate
