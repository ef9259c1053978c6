// The comparison, sorted by check.
// SPDX-License-Identifier: Apache-2.0
#include "health/expected_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

namespace dbmigrate {
namespace {

std::string fix_of(const Object& object) {
  if (object.key.kind == ObjectKind::extension) return fmt::format("CREATE EXTENSION {};", object.key.identity);
  if (object.key.kind == ObjectKind::index) {
    auto sql = object.property("definition");
    if (sql.empty()) sql = object.property("expression");
    for (const std::string_view start : {"CREATE INDEX ", "CREATE UNIQUE INDEX "}) {
      if (sql.starts_with(start)) sql.insert(start.size(), "CONCURRENTLY ");
    }
    return sql + ";";
  }
  return "Restore it from a backup or from its migration; `dbmigrate show REVISION` prints the SQL.";
}

std::string made_by(Probe& probe, const ObjectKey& key) {
  const auto& objects = probe.expected().state.catalog.objects;
  const auto found = objects.find(key);
  return found == objects.end() ? "" : found->second.by.text();
}

}  // namespace

void require_known_expectation(Probe& probe) {
  const auto& unknown = probe.expected().unknown;
  if (unknown.empty()) return;
  std::string why = fmt::format("what the database should look like is not known: {}: {}", unknown.front().id.text(),
                                unknown.front().why);
  if (unknown.size() > 1) why += fmt::format(" And {} more.", unknown.size() - 1);
  std::string fix = "Use the checkout that was applied here; `dbmigrate catalog";
  std::set<std::string> branches;
  for (const auto& one : unknown) branches.insert(one.id.branch);
  for (const auto& branch : branches) fix += " --branch " + branch;
  throw CannotTell{.why = std::move(why), .fix = fix + "` writes catalog files that are missing or stale."};
}

Look missing_objects(Probe& probe, std::initializer_list<ObjectKind> kinds) {
  require_known_expectation(probe);
  if (probe.expected().at_work) return {};
  Look look;
  for (const auto* one : own_differences(probe.expected().comparison.differences)) {
    const auto& key = one->object.key;
    const bool wanted =
        one->kind == Difference::Kind::missing && std::find(kinds.begin(), kinds.end(), key.kind) != kinds.end();
    if (!wanted || !is_of_selected(probe, key)) continue;
    look.findings.push_back(
        {.object = key.text(), .detail = "is missing, made by " + made_by(probe, key), .fix = fix_of(one->object)});
  }
  return look;
}

bool is_of_selected(Probe& probe, const ObjectKey& key) {
  const auto& objects = probe.expected().state.catalog.objects;
  const auto found = objects.find(key);
  return found == objects.end() || found->second.by.branch.empty() || probe.is_selected(found->second.by);
}

}  // namespace dbmigrate
