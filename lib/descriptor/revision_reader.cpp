// Three forms, one result.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/revision_reader.hpp"

#include <fmt/format.h>

#include <utility>

#include "descriptor/assertions.hpp"
#include "descriptor/revision_checksum.hpp"
#include "descriptor/sql_file.hpp"
#include "descriptor/steps.hpp"

namespace dbmigrate {
namespace {

[[noreturn]] void refuse(Location at, std::string message, std::string detail, std::string hint) {
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = std::move(message),
               .detail = std::move(detail),
               .hint = std::move(hint),
               .at = std::move(at)});
}

std::vector<std::string> descriptor_keys() {
  auto keys = header_keys();
  for (const auto* key : {"revision", "contract", "requires", "loses", "up", "down", "checks", "verdict"})
    keys.emplace_back(key);
  return keys;
}

/// What only a descriptor can say, apart from the steps.
void read_body(const yaml::Mapping& keys, Migration& migration) {
  if (const auto value = keys.find("contract")) {
    for (const auto& entry : value->entries()) {
      constexpr int kHighest = 1'000'000;
      migration.contract[entry.name()] = static_cast<int>(entry.integer(1, kHighest));
      migration.contract_at[entry.name()] = entry.at();
    }
  }
  if (const auto value = keys.find("requires")) migration.requirements = read_requirements(*value);
  if (const auto value = keys.find("loses")) migration.loses = read_losses(*value);
  if (const auto value = keys.find("checks")) migration.checks = read_checks(*value);
  if (const auto value = keys.find("verdict")) migration.verdict = read_verdict(*value);
}

/// Up and down are what they must be, whatever form they came in; then the checksum.
Migration finished(Migration migration, const Location& at) {
  check_steps(migration.up, "up");
  check_steps(migration.down, "down");
  if (migration.down.empty() && migration.irreversible.empty()) {
    refuse(at, fmt::format("revision {} has no down", migration.id.name),
           "Every upgrade can be taken back, or says why not.",
           at.file.ends_with(".yaml")
               ? "Add down: with its SQL, or irreversible: and the reason."
               : "Add the SQL that takes it back, or the line -- dbmigrate: irreversible=REASON at the top of the up.");
  }
  if (!migration.down.empty() && !migration.irreversible.empty()) {
    refuse(at, fmt::format("revision {} is irreversible and has a down", migration.id.name), "It cannot be both.",
           "Remove the down, or the key irreversible.");
  }
  migration.checksum = revision_checksum(migration);
  return migration;
}

}  // namespace

Migration RevisionReader::from_descriptor(const std::string& stem, const StemFiles& files) {
  const auto shown = folder_.shown(files.descriptor->name);
  const auto document = yaml::parse(folder_.bytes(*files.descriptor), shown, ErrorCode::invalid_descriptor);
  const auto keys = yaml::Value(document, "a migration").mapping("a migration", descriptor_keys());
  auto migration = new_migration({.branch = branch_, .name = stem}, defaults_);
  migration.file = shown;
  migration.files.push_back(shown);
  const auto named = keys.find("revision");
  if (named) migration.id.name = named->text();
  check_name(migration.id, named ? named->at() : Location{.file = shown});
  read_header(keys, migration);
  read_body(keys, migration);
  const auto read = [&](std::string_view key, const FolderEntry* beside) {
    if (const auto value = keys.find(key)) return read_steps(*value, migration.transaction, folder_, migration.files);
    if (beside == nullptr) return std::vector<Step>();
    folder_.use(beside->name);
    migration.files.push_back(folder_.shown(beside->name));
    return std::vector{step_of_file(folder_.sql(*beside), migration.transaction, keys.at())};
  };
  migration.up = read("up", files.up);
  migration.down = read("down", files.down);
  if (migration.up.empty()) {
    keys.fail(fmt::format("revision {} has no up", migration.id.name),
              fmt::format("There is no key up, and no {} beside it.", folder_.shown(stem + ".up.sql")),
              "Add up: with its SQL, or that file.");
  }
  return finished(std::move(migration), keys.at());
}

Migration RevisionReader::from_sql(const std::string& stem, const StemFiles& files) const {
  auto migration = new_migration({.branch = branch_, .name = stem}, defaults_);
  const auto* const first = files.single != nullptr ? files.single : files.up != nullptr ? files.up : files.down;
  migration.file = folder_.shown(first->name);
  migration.files.push_back(migration.file);
  check_name(migration.id, Location{.file = migration.file});
  return files.single != nullptr ? from_sections(std::move(migration), *files.single)
                                 : from_pair(std::move(migration), files);
}

Migration RevisionReader::from_pair(Migration migration, const StemFiles& files) const {
  if (files.up == nullptr) {
    refuse({.file = migration.file}, fmt::format("{} is a down without an up", migration.file),
           fmt::format("There is no {}.", folder_.shown(migration.id.name + ".up.sql")),
           "Add it, or remove this file.");
  }
  auto part = read_part(folder_.sql(*files.up));
  if (!part.settings.root.keys.empty()) {
    read_header(yaml::Value(part.settings, "the settings").mapping("an SQL file", header_keys()), migration);
  }
  const Location at{.file = migration.file};
  migration.up.push_back(
      {.transaction = migration.transaction, .repeatable = false, .work = std::move(part.sql), .at = at});
  if (files.down != nullptr) {
    migration.files.push_back(folder_.shown(files.down->name));
    migration.down.push_back(
        step_of_file(folder_.sql(*files.down), migration.transaction, Location{.file = migration.files.back()}));
  }
  return finished(std::move(migration), at);
}

Migration RevisionReader::from_sections(Migration migration, const FolderEntry& file) const {
  auto parts = read_sections(folder_.sql(file));
  const Location at{.file = migration.file};
  if (!parts) {
    refuse(at, fmt::format("{} has no line -- dbmigrate:up", migration.file),
           "A file STEM.sql holds both directions in sections, or is named by a descriptor; this one is neither.",
           fmt::format("Add -- dbmigrate:up and -- dbmigrate:down, or rename it to {}.up.sql.", migration.id.name));
  }
  read_header(yaml::Value(parts->up.settings, "the settings").mapping("an SQL file", header_keys()), migration);
  const auto place = [&](const SqlText& sql) { return Location{.file = sql.file, .line = sql.first_line}; };
  auto up_at = place(parts->up.sql);
  migration.up.push_back({.transaction = migration.transaction,
                          .repeatable = false,
                          .work = std::move(parts->up.sql),
                          .at = std::move(up_at)});
  if (parts->down) {
    auto down_at = place(parts->down->sql);
    migration.down.push_back(step_of_part(std::move(*parts->down), migration.transaction, std::move(down_at)));
  }
  return finished(std::move(migration), at);
}

}  // namespace dbmigrate
