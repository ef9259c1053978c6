// Three sources, one shape.
// SPDX-License-Identifier: Apache-2.0
#include "contract/relations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

bool is_relation(ObjectKind kind) {
  return kind == ObjectKind::table || kind == ObjectKind::foreign_table || kind == ObjectKind::view ||
         kind == ObjectKind::materialized_view;
}

bool is_table(ObjectKind kind) { return kind == ObjectKind::table || kind == ObjectKind::foreign_table; }

/// The relation that an object is or belongs to as a column; nothing for any other object.
std::optional<RelationName> relation_name(const ObjectKey& key) {
  if (!is_relation(key.kind) && key.kind != ObjectKind::column) return std::nullopt;
  const auto parts = identity_parts(key.identity);
  if (parts.size() < 2) return std::nullopt;
  return RelationName{parts[0], parts[1]};
}

bool concerns(const ObjectKey& key, const RelationNames& names) {
  const auto name = relation_name(key);
  return name && names.contains(*name);
}

RelationColumn column_of(const ObjectKey& key, const Properties& properties) {
  const auto type = properties.find("type");
  return {.name = identity_parts(key.identity).back(),
          .type = type == properties.end() ? "" : type->second,
          .not_null = properties.contains("nullability")};
}

/// Relations themselves first, for columns come before views in the order of keys.
template <class Objects>
Relations empty_relations(const Objects& objects, const RelationNames& names) {
  Relations relations;
  for (const auto& [key, ignored] : objects) {
    if (!is_relation(key.kind)) continue;
    const auto name = relation_name(key);
    if (name && names.contains(*name)) relations[*name].is_table = is_table(key.kind);
  }
  return relations;
}

/// `VALUES` rows of the names, each as schema and name.
std::string values_of(const RelationNames& names) {
  std::string values;
  for (const auto& name : names) {
    values += fmt::format("{}({}, {})", values.empty() ? "" : ", ", sql::quote_literal(name.schema),
                          sql::quote_literal(name.name));
  }
  return values;
}

}  // namespace

std::vector<std::string> identity_parts(std::string_view identity) {
  std::vector<std::string> parts{""};
  bool quoted = false;
  for (std::size_t i = 0; i < identity.size(); ++i) {
    const char c = identity[i];
    if (c == '"' && quoted && i + 1 < identity.size() && identity[i + 1] == '"') {
      parts.back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

CatalogFile only_relations(const CatalogFile& file, const RelationNames& names) {
  CatalogFile part{.id = file.id, .checksum = file.checksum, .inputs = file.inputs, .server_major = file.server_major};
  for (const auto& added : file.adds) {
    if (concerns(added.key, names)) part.adds.push_back(added);
  }
  for (const auto& change : file.changes) {
    if (concerns(change.key, names)) part.changes.push_back(change);
  }
  for (const auto& key : file.drops) {
    if (concerns(key, names)) part.drops.push_back(key);
  }
  return part;
}

Relations relations_of(const ExpectedCatalog& catalog, const RelationNames& names) {
  auto relations = empty_relations(catalog.objects, names);
  std::map<RelationName, std::size_t> groups;
  for (const auto& order : catalog.orders) {
    const auto parts = identity_parts(order.relation);
    if (parts.size() != 2 || order.columns.empty()) continue;
    const RelationName name{parts[0], parts[1]};
    const auto relation = relations.find(name);
    if (relation == relations.end()) continue;
    for (const auto& key : order.columns) {
      const auto object = catalog.objects.find(key);
      if (object == catalog.objects.end()) continue;
      relation->second.columns.push_back(column_of(key, object->second.texts()));
      relation->second.ordered_by = object->second.by;
    }
    ++groups[name];
  }
  for (auto& [name, relation] : relations) {
    relation.ordered = groups[name] == 1;
    if (!relation.ordered) relation.ordered_by.reset();
  }
  return relations;
}

Relations relations_of(const Snapshot& snapshot, const RelationNames& names) {
  auto relations = empty_relations(snapshot.objects, names);
  std::map<RelationName, std::vector<std::pair<int, RelationColumn>>> found;
  for (const auto& [key, properties] : snapshot.objects) {
    if (key.kind != ObjectKind::column) continue;
    const auto name = relation_name(key);
    if (!name || !relations.contains(*name)) continue;
    const auto position = properties.find("position");
    found[*name].emplace_back(position == properties.end() ? 0 : std::atoi(position->second.c_str()),
                              column_of(key, properties));
  }
  for (auto& [name, columns] : found) {
    std::stable_sort(columns.begin(), columns.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    for (auto& [position, column] : columns) relations[name].columns.push_back(std::move(column));
  }
  return relations;
}

Relations read_relations(Session& session, const RelationNames& names) {
  Relations relations;
  if (names.empty()) return relations;
  // Types are printed with their schema unless it is on the path. Going back to the savepoint puts the path back, which
  // triggers that run at COMMIT may rest on.
  const auto results = session.run(
      fmt::format("SAVEPOINT dbmigrate_contract; SET LOCAL search_path = pg_catalog, pg_temp;"
                  " SELECT w.schema, w.name, c.relkind IN ('r', 'p', 'f'), a.attname, "
                  "pg_catalog.format_type(a.atttypid, a.atttypmod),"
                  " a.attnotnull FROM (VALUES {}) AS w (schema, name)"
                  " JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema"
                  " JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', "
                  "'p', 'f', 'v', 'm')"
                  " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
                  " ORDER BY w.schema, w.name, a.attnum;"
                  " ROLLBACK TO SAVEPOINT dbmigrate_contract; RELEASE SAVEPOINT dbmigrate_contract",
                  values_of(names)));
  for (const auto& row : results.at(2).rows) {
    auto& relation = relations[{row.at(0).value_or(""), row.at(1).value_or("")}];
    relation.is_table = row.at(2) == "t";
    if (!row.at(3)) continue;
    relation.columns.push_back({.name = *row.at(3), .type = row.at(4).value_or(""), .not_null = row.at(5) == "t"});
  }
  return relations;
}

}  // namespace dbmigrate
