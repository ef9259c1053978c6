// From measured facts to what is worth saying.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "preview/preview.hpp"
#include "preview/value_checks.hpp"

namespace dbmigrate {

/// Work under a lock that others wait for: below the first it is told as info, from the second as an error.
inline constexpr std::int64_t kNoticedBytes = std::int64_t{1} << 20U;
inline constexpr std::int64_t kLongBytes = std::int64_t{64} << 20U;

/// What `statement` does to a table that others use, given how large that is.
std::vector<PreviewFinding> work_findings(const StatementTrace& statement,
                                          const std::map<std::string, TableSize>& sizes);

/// That it fails, on a clone that has all that the target has.
PreviewFinding failure_finding(const StatementTrace& statement);

/// True when a clone without all of the target may be to blame: something that is not there, an extension that is not
/// installed here.
bool may_be_the_clone(const TracedError& error, CloneOrigin origin);

/// Bytes that the statement needs beside what is used now, an estimate: a rewrite writes the table and its indexes once
/// more, an index is taken to be a quarter of its table.
std::int64_t disk_needed(const StatementTrace& statement, const std::map<std::string, TableSize>& sizes);

/// `public.users (12,000 rows, 3 MB)`
std::string size_text(const std::string& table, const std::map<std::string, TableSize>& sizes);

}  // namespace dbmigrate
