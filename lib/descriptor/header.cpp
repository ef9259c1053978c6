// Settings of a revision as a whole.
// SPDX-License-Identifier: Apache-2.0
#include "descriptor/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "descriptor/names.hpp"
#include "yaml/lint_levels.hpp"

namespace dbmigrate {
namespace {

std::string parent_of(const yaml::Value& value) {
  const auto& name = value.text();
  if (const auto why = why_no_revision_name(name); !why.empty()) {
    value.fail(fmt::format("\"{}\" is no revision of this branch", name), fmt::format("It {}.", why),
               "Name a revision of the same branch; those of other branches go under depends_on.");
  }
  return name;
}

void read_parents(const yaml::Value& value, Migration& migration) {
  migration.parents_declared = true;
  if (value.is_null() && !value.node().text.empty()) return;
  if (value.is_null()) {
    value.fail("down_revision says nothing", "There is nothing behind the key.",
               "Write null for a base, or remove the key for the revision before this one by name.");
  }
  if (value.is_null() || value.node().kind == yaml::NodeKind::scalar) {
    migration.parents.push_back(parent_of(value));
    return;
  }
  for (const auto& item : value.one_or_more()) {
    auto parent = parent_of(item);
    if (std::find(migration.parents.begin(), migration.parents.end(), parent) != migration.parents.end()) {
      item.fail(fmt::format("parent {} is named twice", parent), "A merge joins different revisions.",
                "Keep one of them.");
    }
    migration.parents.push_back(std::move(parent));
  }
}

RevisionId dependency_of(const yaml::Value& value, const std::string& own_branch) {
  const auto& name = value.text();
  const auto separator = name.find('@');
  if (separator == std::string::npos) {
    value.fail(fmt::format("dependency \"{}\" names no branch", name),
               "A dependency is on a revision of another branch.", "Write BRANCH@REVISION.");
  }
  RevisionId id{.branch = name.substr(0, separator), .name = name.substr(separator + 1)};
  auto why = why_no_branch_name(id.branch);
  if (why.empty()) why = why_no_revision_name(id.name);
  if (!why.empty()) {
    value.fail(fmt::format("\"{}\" is no revision", name), fmt::format("A part of it {}.", why),
               "Write BRANCH@REVISION.");
  }
  if (id.branch == own_branch) {
    value.fail(fmt::format("dependency \"{}\" is in the same branch", name),
               "Within a branch, order comes from parents.", "Write it as down_revision.");
  }
  return id;
}

}  // namespace

TransactionMode read_transaction(const yaml::Value& value) {
  return value.one_of<TransactionMode>(
      {{"revision", TransactionMode::revision}, {"step", TransactionMode::step}, {"none", TransactionMode::none}});
}

void check_name(const RevisionId& id, const Location& at) {
  const auto why = why_no_revision_name(id.name);
  if (why.empty()) return;
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = fmt::format("\"{}\" cannot name a revision because it {}", id.name, why),
               .detail = "A name has up to 200 bytes of UTF-8, no /, no @, no control character, no leading - or +.",
               .hint = "Rename it.",
               .at = at});
}

BranchDefaults read_branch_file(const Folder& folder) {
  BranchDefaults defaults;
  const auto* const file = folder.find("branch.yaml");
  if (file == nullptr) return defaults;
  const auto document = yaml::parse(folder.bytes(*file), folder.shown(file->name), ErrorCode::invalid_descriptor);
  const auto branch =
      yaml::Value(document, "branch.yaml")
          .mapping("branch.yaml", {"description", "kind", "transaction", "lock_timeout", "statement_timeout", "lint"});
  if (const auto value = branch.find("description")) defaults.description = value->text();
  if (const auto value = branch.find("kind")) {
    defaults.kind = value->one_of<Kind>({{"schema", Kind::schema}, {"data", Kind::data}});
  }
  if (const auto value = branch.find("transaction")) defaults.transaction = read_transaction(*value);
  if (const auto value = branch.find("lock_timeout")) defaults.lock_timeout = value->duration();
  if (const auto value = branch.find("statement_timeout")) defaults.statement_timeout = value->duration();
  if (const auto value = branch.find("lint")) {
    const auto rules = value->mapping("lint of a branch", {"rules"}).required("rules");
    defaults.lint_levels = yaml::read_lint_levels(rules);
  }
  return defaults;
}

Migration new_migration(RevisionId id, const BranchDefaults& defaults) {
  Migration migration;
  migration.id = std::move(id);
  migration.kind = defaults.kind;
  migration.transaction = defaults.transaction;
  migration.lock_timeout = defaults.lock_timeout;
  migration.statement_timeout = defaults.statement_timeout;
  return migration;
}

const std::vector<std::string>& header_keys() {
  static const std::vector<std::string> keys{
      "down_revision", "depends_on",   "description",       "kind",        "adopts", "hold",
      "transaction",   "lock_timeout", "statement_timeout", "irreversible"};
  return keys;
}

void read_header(const yaml::Mapping& header, Migration& migration) {
  if (const auto value = header.find("down_revision")) read_parents(*value, migration);
  if (const auto value = header.find("depends_on")) {
    for (const auto& item : value->one_or_more())
      migration.depends_on.push_back(dependency_of(item, migration.id.branch));
  }
  if (const auto value = header.find("description")) migration.description = value->text();
  if (const auto value = header.find("kind")) {
    migration.kind =
        value->one_of<Kind>({{"schema", Kind::schema}, {"data", Kind::data}, {"baseline", Kind::baseline}});
  }
  if (migration.kind == Kind::baseline) migration.adopts = true;
  if (const auto value = header.find("adopts")) {
    migration.adopts = value->boolean();
    if (migration.kind == Kind::baseline && !migration.adopts) {
      value->fail("a baseline always adopts", "It describes what was there before.",
                  "Remove the key, or choose another kind.");
    }
  }
  if (const auto value = header.find("hold")) migration.hold = value->text();
  if (const auto value = header.find("transaction")) migration.transaction = read_transaction(*value);
  if (const auto value = header.find("lock_timeout")) migration.lock_timeout = value->duration();
  if (const auto value = header.find("statement_timeout")) migration.statement_timeout = value->duration();
  if (const auto value = header.find("irreversible")) migration.irreversible = value->text();
}

}  // namespace dbmigrate
