// Kinds and their names, identities taken apart.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/object.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace dbmigrate {
namespace {

struct KindName {
  ObjectKind kind;
  std::string_view name;
};

constexpr std::array<KindName, 30> kKinds{{
    {ObjectKind::schema, "schema"},
    {ObjectKind::extension, "extension"},
    {ObjectKind::collation, "collation"},
    {ObjectKind::type, "type"},
    {ObjectKind::composite_type, "composite type"},
    {ObjectKind::attribute, "attribute"},
    {ObjectKind::sequence, "sequence"},
    {ObjectKind::table, "table"},
    {ObjectKind::foreign_table, "foreign table"},
    {ObjectKind::column, "column"},
    {ObjectKind::constraint, "constraint"},
    {ObjectKind::index, "index"},
    {ObjectKind::view, "view"},
    {ObjectKind::materialized_view, "materialized view"},
    {ObjectKind::rule, "rule"},
    {ObjectKind::function, "function"},
    {ObjectKind::procedure, "procedure"},
    {ObjectKind::aggregate, "aggregate"},
    {ObjectKind::trigger, "trigger"},
    {ObjectKind::policy, "policy"},
    {ObjectKind::statistics, "statistics"},
    {ObjectKind::cast, "cast"},
    {ObjectKind::operator_, "operator"},
    {ObjectKind::operator_class, "operator class"},
    {ObjectKind::operator_family, "operator family"},
    {ObjectKind::foreign_data_wrapper, "foreign data wrapper"},
    {ObjectKind::foreign_server, "foreign server"},
    {ObjectKind::publication, "publication"},
    {ObjectKind::event_trigger, "event trigger"},
    {ObjectKind::default_privileges, "default privileges"},
}};

/// Where the dots stand that no quotes hide, up to a parenthesis.
std::vector<std::size_t> dots_of(std::string_view identity) {
  std::vector<std::size_t> dots;
  bool quoted = false;
  for (std::size_t i = 0; i < identity.size(); ++i) {
    const char c = identity[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '(') break;
    if (c == '.') dots.push_back(i);
  }
  return dots;
}

}  // namespace

std::string_view name_of(ObjectKind kind) { return kKinds.at(static_cast<std::size_t>(kind)).name; }

std::optional<ObjectKind> object_kind(std::string_view name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindName& one) { return one.name == name; });
  return found == kKinds.end() ? std::nullopt : std::optional(found->kind);
}

const std::vector<std::string>& object_kind_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& one : kKinds) all.emplace_back(one.name);
    return all;
  }();
  return names;
}

std::string ObjectKey::text() const { return std::string(name_of(kind)) + " " + identity; }

std::string Object::property(const std::string& name) const {
  const auto found = properties.find(name);
  return found == properties.end() ? "" : found->second;
}

std::string owner_relation(const Object& object) {
  switch (object.key.kind) {
    case ObjectKind::index:
      return object.property("table");
    case ObjectKind::attribute:
    case ObjectKind::column:
    case ObjectKind::constraint:
    case ObjectKind::rule:
    case ObjectKind::trigger:
    case ObjectKind::policy: {
      const auto dots = dots_of(object.key.identity);
      return dots.empty() ? "" : object.key.identity.substr(0, dots.back());
    }
    default:
      return "";
  }
}

std::string schema_of(const ObjectKey& key) {
  switch (key.kind) {
    case ObjectKind::schema:
      return key.identity;
    case ObjectKind::extension:
    case ObjectKind::cast:
    case ObjectKind::foreign_data_wrapper:
    case ObjectKind::foreign_server:
    case ObjectKind::publication:
    case ObjectKind::event_trigger:
    case ObjectKind::default_privileges:
      return "";
    default: {
      const auto dots = dots_of(key.identity);
      return dots.empty() ? "" : key.identity.substr(0, dots.front());
    }
  }
}

bool is_printed_text(const std::string& property) {
  constexpr std::array<std::string_view, 6> kPrinted{"default", "expression", "arguments",
                                                     "using",   "with check", "bound"};
  return std::find(kPrinted.begin(), kPrinted.end(), property) != kPrinted.end();
}

}  // namespace dbmigrate
