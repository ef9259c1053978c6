// Catalog files as YAML.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <utility>

#include "catalog/catalog_file.hpp"
#include "core/words.hpp"
#include "yaml/value.hpp"
#include "yaml/writer.hpp"

namespace dbmigrate {
namespace {

constexpr std::string_view kPreface =
    "# What this revision leaves behind in the catalog. Written by `dbmigrate catalog`; review it, do not edit it.\n";
constexpr int kFormatNumber = 1;

yaml::Node empty_mapping() { return yaml::mapping({}); }

yaml::Node properties_node(const Properties& properties) {
  auto node = empty_mapping();
  for (const auto& [name, value] : properties) yaml::append(node, name, yaml::text(value));
  return node;
}

yaml::Node side_node(const std::optional<std::string>& value) { return value ? yaml::text(*value) : yaml::null(); }

yaml::Node changes_node(const std::vector<PropertyChange>& changes) {
  auto node = empty_mapping();
  for (const auto& change : changes) {
    yaml::append(node, change.property,
                 yaml::mapping({{"before", side_node(change.before)}, {"after", side_node(change.after)}}));
  }
  return node;
}

/// Items in a mapping of their kind, in which each has its identity as key.
template <class Items, class KeyOf, class NodeOf>
yaml::Node by_kind(const Items& items, KeyOf key_of, NodeOf node_of) {
  auto node = empty_mapping();
  std::optional<ObjectKind> kind;
  for (const auto& item : items) {
    const ObjectKey& key = key_of(item);
    if (kind != key.kind) yaml::append(node, name_of(key.kind), empty_mapping());
    kind = key.kind;
    yaml::append(node.items.back(), key.identity, node_of(item));
  }
  return node;
}

yaml::Node drops_node(const std::vector<ObjectKey>& drops) {
  auto node = empty_mapping();
  std::optional<ObjectKind> kind;
  for (const auto& key : drops) {
    if (kind != key.kind) yaml::append(node, name_of(key.kind), yaml::list({}));
    kind = key.kind;
    node.items.back().items.push_back(yaml::text(key.identity));
  }
  return node;
}

ObjectKind kind_of(const yaml::Value& section) {
  const auto kind = object_kind(section.name());
  if (kind) return *kind;
  section.fail(fmt::format("unknown kind of object \"{}\"", section.name()),
               fmt::format("Kinds are {}.", listed(object_kind_names())),
               "Write the file anew with `dbmigrate catalog`; it may have been written by a newer program.");
}

Properties read_properties(const yaml::Value& value) {
  Properties properties;
  for (const auto& entry : value.entries()) properties.emplace(entry.name(), entry.any_text());
  return properties;
}

std::optional<std::string> read_side(const yaml::Mapping& change, std::string_view key) {
  const auto value = change.required(key);
  return value.is_null() ? std::nullopt : std::optional(value.any_text());
}

std::vector<PropertyChange> read_changes(const yaml::Value& value) {
  std::vector<PropertyChange> changes;
  for (const auto& entry : value.entries()) {
    const auto change = entry.mapping("a changed property", {"before", "after"});
    changes.push_back({entry.name(), read_side(change, "before"), read_side(change, "after")});
  }
  return changes;
}

/// Calls `take` for each object of a section.
template <class Take>
void each_object(const yaml::Mapping& root, std::string_view section, Take take) {
  const auto value = root.find(section);
  if (!value) return;
  for (const auto& kind : value->entries()) {
    const auto what = kind_of(kind);
    for (const auto& object : kind.entries()) take(ObjectKey{what, object.name()}, object);
  }
}

void read_drops(const yaml::Mapping& root, CatalogFile& file) {
  const auto value = root.find("drops");
  if (!value) return;
  for (const auto& kind : value->entries()) {
    const auto what = kind_of(kind);
    for (const auto& identity : kind.list()) file.drops.push_back({what, identity.text()});
  }
}

RevisionId read_id(const yaml::Value& value) {
  const auto& text = value.text();
  const auto at = text.find('@');
  if (at == std::string::npos) value.fail_as_wrong("BRANCH@REVISION", "Write the file anew with `dbmigrate catalog`.");
  return {text.substr(0, at), text.substr(at + 1)};
}

}  // namespace

std::string catalog_file_text(const CatalogFile& file) {
  auto root = yaml::mapping({{"format", yaml::number(kFormatNumber)},
                             {"revision", yaml::text(file.id.text())},
                             {"checksum", yaml::text(file.checksum.hex())},
                             {"inputs", yaml::text(file.inputs.hex())},
                             {"server_major", yaml::number(file.server_major)}});
  const auto key_of = [](const auto& item) -> const ObjectKey& { return item.key; };
  if (!file.adds.empty()) {
    yaml::append(root, "adds",
                 by_kind(file.adds, key_of, [](const Object& o) { return properties_node(o.properties); }));
  }
  if (!file.changes.empty()) {
    yaml::append(root, "changes",
                 by_kind(file.changes, key_of, [](const ObjectChange& c) { return changes_node(c.changes); }));
  }
  if (!file.drops.empty()) yaml::append(root, "drops", drops_node(file.drops));
  return std::string(kPreface) + yaml::write(root);
}

CatalogFile parse_catalog_file(std::string text, const std::string& name) {
  const auto document = yaml::parse(std::move(text), name, ErrorCode::invalid_descriptor);
  const auto root = yaml::Value(document, "a catalog file")
                        .mapping("a catalog file", {"format", "revision", "checksum", "inputs", "server_major", "adds",
                                                    "changes", "drops"});
  static_cast<void>(root.required("format").integer(kFormatNumber, kFormatNumber));
  CatalogFile file;
  file.id = read_id(root.required("revision"));
  file.checksum = Checksum::recorded(root.required("checksum").text());
  file.inputs = Checksum::recorded(root.required("inputs").text());
  file.server_major = static_cast<int>(root.required("server_major").integer(13, 999));
  each_object(root, "adds", [&](ObjectKey key, const yaml::Value& value) {
    file.adds.push_back({std::move(key), read_properties(value)});
  });
  each_object(root, "changes", [&](ObjectKey key, const yaml::Value& value) {
    file.changes.push_back({std::move(key), read_changes(value)});
  });
  read_drops(root, file);
  return file;
}

}  // namespace dbmigrate
