// From measured facts to what is worth saying.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "preview/preview.hpp"
#include "preview/value_checks.hpp"

namespace dbmigrate {

/// Work under a lock that others wait for: below the first it is told as info, from the second as an error.
inline constexpr std::int64_t kNoticedBytes = std::int64_t{1} << 20U;
inline constexpr std::int64_t kLongBytes = std::int64_t{64} << 20U;

/// What `statement` does to a table that others use, given how large that is.
std::vector<PreviewFinding> work_findings(const StatementTrace& statement,
                                          const std::map<std::string, TableSize>& sizes);

/// Whether a rule that reads the text speaks of the work that a statement makes: its size decides how bad that is.
bool is_about_work(std::string_view rule);

/// As bad as the finding's rule says, but no worse than the table is large; info where it has no rows.
Severity no_worse_than_size(const PreviewFinding& finding, const std::map<std::string, TableSize>& sizes);

/// True when `text_rule`, of who reads the text, says of a statement what `measured` has measured.
bool says_the_same(std::string_view measured, std::string_view text_rule);

/// That it fails, on a clone that has all that the target has.
PreviewFinding failure_finding(const StatementTrace& statement);

/// True when a clone without all of the target may be to blame: something that is not there, an extension that is not
/// installed here.
bool may_be_the_clone(const TracedError& error, CloneOrigin origin);

/// True when rows that the clone does not have may be what it failed for: a foreign key of an INSERT, a DO block that
/// looks for somebody.
bool may_want_rows(const StatementTrace& statement);

/// Bytes that the statement needs beside what is used now, an estimate: a rewrite writes the table and its indexes once
/// more, an index is taken to be a quarter of its table.
std::int64_t disk_needed(const StatementTrace& statement, const std::map<std::string, TableSize>& sizes);

/// `public.users (about 12,000 rows, 3 MB)`
std::string size_text(const std::string& table, const std::map<std::string, TableSize>& sizes);

}  // namespace dbmigrate
