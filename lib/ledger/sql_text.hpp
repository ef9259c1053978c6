// Shapes of SQL that statements about our own tables share.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dbmigrate {

/// The texts as a text[] value.
std::string text_array_sql(const std::vector<std::string>& texts);

/// `DO` with this body (a PL/pgSQL block), under a tag that no name in it can end. DO needs plpgsql, which every
/// database has unless dropped.
std::string do_block(std::string_view body);

}  // namespace dbmigrate
