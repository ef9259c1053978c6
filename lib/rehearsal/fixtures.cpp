// Files beside the migrations, run statement by statement as psql would.
// SPDX-License-Identifier: Apache-2.0
#include "rehearsal/fixtures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "core/source_text.hpp"
#include "core/words.hpp"
#include "descriptor/branch_reader.hpp"
#include "descriptor/directives.hpp"
#include "sql/script.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffix = ".sql";
constexpr std::array<RowAllowance::Kind, 2> kKinds{RowAllowance::Kind::rows_left, RowAllowance::Kind::differs};

[[noreturn]] void refuse(const SqlText& sql, std::size_t offset, std::string message, std::string detail) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = "Write -- dbmigrate: allow rows_left TABLE reason, or -- dbmigrate: allow differs TABLE.COLUMN "
                       "reason.",
               .at = location_in(sql, offset)});
}

RowAllowance allowance_of(const SqlText& sql, const Directive& directive) {
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](auto one) { return name_of(one) == directive.key; });
  if (directive.kind != Directive::Kind::allow || kind == kKinds.end()) {
    refuse(sql, directive.begin, "a fixture has rows and what is allowed to happen to them",
           fmt::format("The line says {}.", sql.text.substr(directive.begin, directive.end - directive.begin)));
  }
  const auto blank = directive.value.find_first_of(" \t");
  const auto object = directive.value.substr(0, blank);
  const auto reason = blank == std::string_view::npos ? "" : directive.value.substr(blank + 1);
  const auto dots = std::count(object.begin(), object.end(), '.');
  if (dots < (*kind == RowAllowance::Kind::differs ? 2 : 1)) {
    refuse(sql, directive.value_at, fmt::format("{} is not the full name that is needed here", object),
           "A table is public.users here, and a column public.users.email.");
  }
  if (reason.empty()) {
    refuse(sql, directive.begin, "allow gives no reason",
           "What a downgrade does not restore is let through knowingly.");
  }
  return {*kind, std::string(object), std::string(reason)};
}

Fixture read_fixture(const fs::path& path) {
  Fixture fixture;
  fixture.sql.file = path_for_people(path);
  fixture.sql.text = source_text(read_file(path), fixture.sql.file, ErrorCode::invalid_descriptor);
  for (auto directive = next_directive(fixture.sql, 0); directive;
       directive = next_directive(fixture.sql, directive->end)) {
    fixture.allowances.push_back(allowance_of(fixture.sql, *directive));
  }
  return fixture;
}

/// Throws Error{file_unreadable}; a folder that is not there has nothing in it.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return entries;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (!is_ignored(entry->path().filename().string())) entries.push_back(entry->path());
  }
  if (error) {
    throw Error({.code = ErrorCode::file_unreadable,
                 .message = fmt::format("cannot read {}", path_for_people(folder)),
                 .detail = fmt::format("The system says: {}.", error.message()),
                 .hint = "Fixtures are SQL files in it, each called like the revision that it is for."});
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

[[noreturn]] void refuse_stray(const fs::path& path, std::string_view what, const std::vector<std::string>& names) {
  const auto file = path_for_people(path);
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = fmt::format("{} is of no {}", file, what),
               .detail = "Rows that are never loaded would prove nothing.",
               .hint = fmt::format(
                   "{}Call it like the {} that it is for, or remove it.",
                   [&] {
                     auto nearest = did_you_mean(path.stem().string(), names);
                     return nearest.empty() ? nearest : nearest + " ";
                   }(),
                   what),
               .at = Location{.file = file}});
}

}  // namespace

std::string_view name_of(RowAllowance::Kind kind) {
  return kind == RowAllowance::Kind::rows_left ? "rows_left" : "differs";
}

Fixtures::Fixtures(const RevisionGraph& graph, const fs::path& directory) {
  std::vector<std::string> branches;
  for (const auto& branch : graph.branches()) branches.push_back(branch.name);
  if (directory.empty()) {
    for (const auto& branch : graph.branches()) read_folder(graph, branch.name, branch.folder / "fixtures");
    return;
  }
  std::error_code unknown;
  if (!fs::is_directory(directory, unknown)) {
    throw Error({.code = ErrorCode::file_unreadable,
                 .message = fmt::format("there is no folder {}", path_for_people(directory)),
                 .detail = "It was given with --fixtures.",
                 .hint = "It has a folder for each branch, with REVISION.sql in it."});
  }
  if (branches.size() == 1 && !fs::is_directory(directory / branches.front(), unknown)) {
    read_folder(graph, branches.front(), directory);
    return;
  }
  for (const auto& entry : entries_of(directory)) {
    const auto name = entry.filename().string();
    if (!graph.has_branch(name)) refuse_stray(entry, "branch", branches);
    read_folder(graph, name, entry);
  }
}

void Fixtures::read_folder(const RevisionGraph& graph, const std::string& branch, const fs::path& folder) {
  for (const auto& path : entries_of(folder)) {
    const auto revision = graph.find({branch, path.stem().string()});
    if (!revision || path.extension() != kSuffix) {
      std::vector<std::string> names;
      for (const auto index : graph.revisions(branch)) names.push_back(graph.migration(index).id.name);
      refuse_stray(path, "revision", names);
    }
    by_revision_.emplace(*revision, read_fixture(path));
  }
}

const Fixture* Fixtures::of(RevisionIndex revision) const {
  const auto found = by_revision_.find(revision);
  return found == by_revision_.end() ? nullptr : &found->second;
}

void load_fixture(Session& session, const Fixture& fixture) {
  const auto script = sql::split(fixture.sql.text, fixture.sql.file);
  if (script.statements.empty()) return;
  session.run("BEGIN");
  for (const auto& statement : script.statements) {
    const Location at{.file = fixture.sql.file, .line = statement.line, .column = statement.column};
    try {
      const auto data = statement.copy_data ? script.text.substr(statement.copy_data->begin,
                                                                 statement.copy_data->end - statement.copy_data->begin)
                                            : std::string_view();
      session.run(script.text_of(statement), data);
    } catch (const ServerError& error) {
      if (session.status() == TransactionStatus::failed) session.run("ROLLBACK");
      ErrorInfo info = error.info();
      if (info.code == ErrorCode::server_error) info.code = ErrorCode::migration_failed;
      info.at = at;
      throw Error(std::move(info));
    }
    if (session.status() == TransactionStatus::open) continue;
    throw Error({.code = ErrorCode::transaction_control,
                 .message = "a fixture ends the transaction that it runs in",
                 .detail = "All of its rows come together, or none.",
                 .hint = "Leave COMMIT and ROLLBACK out of it.",
                 .at = at});
  }
  session.run("COMMIT");
}

}  // namespace dbmigrate
