// The personas of a host application, before and after they get their persons.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "../host.hpp"

namespace dbmigrate::tests {

/// What a row was before the branch came, in the columns of make_personas().
inline constexpr std::string_view kOldColumns = "id, raw_text, persona, created_at, updated_at, extra, note";

/// A table personas with more than our baseline has: columns, an index, a trigger that touches updated_at, grants, a
/// comment, and uuid-ossp in a schema of its own. One row in 200 is blank or no JSON object.
void make_personas(Host& host, int rows);

/// What an operator pasted into a SQL editor to get what 002 makes.
void paste_schema(Host& host);

/// 10,000 personas as our baseline has them, of which 7 are blank, 5 no JSON objects, and 3 are refused by a trigger.
void make_personas_with_failures(Host& host);

/// Columns, constraints, indexes, triggers and privileges of the schema, one a line, the order of columns left out.
std::string catalog_of(Host& host);

/// As an old client does it.
void insert_as_before(Host& host, std::string_view text);
/// As a new client does it: a person, a submission, a persona computed from it, no raw_text.
void insert_as_now(Host& host, std::string_view text);

}  // namespace dbmigrate::tests
