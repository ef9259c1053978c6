// The live catalog against the revision's catalog file.
// SPDX-License-Identifier: Apache-2.0
#include "executor/adopting.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "core/words.hpp"
#include "executor/preflight.hpp"

namespace dbmigrate {
namespace {

/// What adopting would need and nobody has written down.
void require_nothing_there(Session& session, const Migration& migration) {
  const auto there = tables_there_already(session, migration.up);
  if (there.empty()) return;
  throw Error({.code = ErrorCode::expectation_failed,
               .message = fmt::format("revision {} finds its tables there already", migration.id.text()),
               .detail = fmt::format("There already: {}. What else must be there to adopt them is not known: there is "
                                     "no {}.",
                                     listed(there), catalog_path(migration).string()),
               .hint = fmt::format("Write the catalog file with `dbmigrate catalog --branch {}` and run again.",
                                   migration.id.branch),
               .at = Location{.file = migration.file}});
}

void require_fresh(const CatalogFile& file, const Migration& migration) {
  if (file.checksum == migration.checksum) return;
  throw Error({.code = ErrorCode::expectation_failed,
               .message = fmt::format("the catalog file of {} is stale", migration.id.text()),
               .detail = fmt::format("It was written for the text {}, the revision is {} now, and objects of it are in "
                                     "the database already.",
                                     file.checksum.short_form(), migration.checksum.short_form()),
               .hint = fmt::format("Write it anew with `dbmigrate catalog --branch {}`.", migration.id.branch),
               .at = Location{.file = catalog_path(migration).string()}});
}

[[noreturn]] void stop(const Adoption& adoption, const Migration& migration) {
  throw Error({.code = ErrorCode::expectation_failed,
               .message = fmt::format("the database has part of what {} makes", migration.id.text()),
               .detail = review_text(adoption.against),
               .hint = "Bring the database to what the revision makes, or take those objects away; then run again. "
                       "Where the difference is meant, `dbmigrate stamp` records the revision without running it.",
               .at = Location{.file = migration.file}});
}

}  // namespace

std::optional<Adoption> adoption_of(Session& session, const PreparedRevision& revision,
                                    std::string_view version_schema) {
  if (revision.direction != Direction::upgrade || !revision.migration->adopts) return std::nullopt;
  if (revision.row && revision.row->state == RevisionState::in_progress) return std::nullopt;
  const auto& migration = *revision.migration;
  const auto file = load_catalog_file(migration);
  if (!file) {
    // What a plain revision meets, its own SQL says.
    if (migration.kind == Kind::baseline) require_nothing_there(session, migration);
    return std::nullopt;
  }
  auto adoption = judge_adoption(*file, read_snapshot(session, version_schema));
  if (adoption.verdict == Adoption::Verdict::run) return std::nullopt;
  require_fresh(*file, migration);
  if (adoption.verdict == Adoption::Verdict::stop) stop(adoption, migration);
  return adoption;
}

}  // namespace dbmigrate
