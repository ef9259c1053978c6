// What a replay did, without what is particular to the server it ran on; digests that say whether it still holds.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "yaml/document.hpp"

namespace dbmigrate {
namespace {

/// Counts up when the same migration would give another file: every file is stale then.
constexpr std::string_view kFormat = "dbmigrate catalog 1";

int position_of(const Snapshot& snapshot, const ObjectKey& key) {
  const auto* properties = snapshot.find(key);
  const auto found = properties == nullptr ? Properties::const_iterator{} : properties->find("position");
  return properties == nullptr || found == properties->end() ? 0 : std::atoi(found->second.c_str());
}

bool is_column(const Object& object) {
  return object.key.kind == ObjectKind::column || object.key.kind == ObjectKind::attribute;
}

/// Columns of one relation stand together already; by position within it.
void order_columns(std::vector<Object>& adds, const Snapshot& after) {
  for (auto start = adds.begin(); start != adds.end();) {
    if (!is_column(*start)) {
      ++start;
      continue;
    }
    const auto relation = owner_relation(*start);
    const auto end = std::find_if(start, adds.end(), [&](const Object& one) {
      return one.key.kind != start->key.kind || owner_relation(one) != relation;
    });
    std::sort(start, end, [&](const Object& left, const Object& right) {
      return position_of(after, left.key) < position_of(after, right.key);
    });
    start = end;
  }
}

/// Identities sort `public.a_b.x` between `public.a.x` and `public.a.y` where quotes are involved; relations first.
void group_by_relation(std::vector<Object>& adds) {
  std::stable_sort(adds.begin(), adds.end(), [](const Object& left, const Object& right) {
    if (left.key.kind != right.key.kind) return left.key.kind < right.key.kind;
    if (!is_column(left)) return false;
    return owner_relation(left) < owner_relation(right);
  });
}

void refuse_link(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_symlink(path, unknown)) return;
  const auto shown = path_for_people(path);
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = shown + " is a link",
               .detail = "Catalog files are written anew and removed by the program, in the folder of their branch.",
               .hint = "Remove the link, then run `dbmigrate catalog`.",
               .at = Location{.file = shown}});
}

}  // namespace

Properties portable(const ObjectKey& key, Properties properties, const std::string& usual_owner) {
  if (key.kind == ObjectKind::extension) return {};
  properties.erase("position");
  const auto owner = properties.find("owner");
  if (owner != properties.end() && owner->second == usual_owner) properties.erase(owner);
  const auto body = properties.find("body");
  if (body != properties.end()) {
    properties["body digest"] = Checksum::of(body->second).hex();
    properties.erase("body");
  }
  return properties;
}

Objects portable(const Snapshot& snapshot, const std::string& usual_owner) {
  Objects objects;
  for (const auto& [key, properties] : snapshot.objects) {
    objects.emplace_hint(objects.end(), key, portable(key, properties, usual_owner));
  }
  return objects;
}

CatalogFile catalog_file_of(const Snapshot& before, const Snapshot& after, const std::string& usual_owner) {
  CatalogFile file;
  file.server_major = after.server_major;
  for (auto& difference : compare(portable(before, usual_owner), portable(after, usual_owner))) {
    switch (difference.kind) {
      case Difference::Kind::missing:
        file.drops.push_back(std::move(difference.object.key));
        break;
      case Difference::Kind::unexpected:
        file.adds.push_back(std::move(difference.object));
        break;
      case Difference::Kind::changed:
        file.changes.push_back({std::move(difference.object.key), std::move(difference.changes)});
        break;
    }
  }
  group_by_relation(file.adds);
  order_columns(file.adds, after);
  return file;
}

std::vector<Checksum> catalog_inputs(const RevisionGraph& graph) {
  std::vector<Checksum> inputs(graph.size());
  for (const auto index : graph.in_order()) {
    const auto& migration = graph.migration(index);
    std::vector<std::string> below;
    for (const auto parent : graph.parents(index)) below.push_back(inputs[parent].hex());
    for (const auto dependency : graph.dependencies(index)) below.push_back(inputs[dependency].hex());
    std::sort(below.begin(), below.end());
    std::string text = std::string(kFormat) + "\n" + migration.id.text() + "\n" + migration.checksum.hex() + "\n";
    for (const auto& one : below) text += one + "\n";
    inputs[index] = Checksum::of(text);
  }
  return inputs;
}

std::filesystem::path catalog_path(const Migration& migration) {
  return std::filesystem::path(migration.file).parent_path() / "catalog" / (migration.id.name + ".yaml");
}

void require_own_catalog_folder(const Migration& migration) { refuse_link(catalog_path(migration).parent_path()); }

std::optional<CatalogFile> load_catalog_file(const Migration& migration) {
  require_own_catalog_folder(migration);
  const auto path = catalog_path(migration);
  refuse_link(path);
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown) return std::nullopt;
  auto file = parse_catalog_file(read_file(path, yaml::kLargestFile), path.string());
  if (file.id == migration.id) return file;
  throw Error({.code = ErrorCode::invalid_descriptor,
               .message = "catalog file " + path.string() + " is of another revision",
               .detail = "It says that it describes " + file.id.text() + ", and lies where that of " +
                         migration.id.text() + " must be.",
               .hint = "Write it anew: dbmigrate catalog --branch " + migration.id.branch,
               .at = Location{.file = path.string()}});
}

}  // namespace dbmigrate
