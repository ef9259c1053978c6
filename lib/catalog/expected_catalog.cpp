// Files folded into one expectation; a snapshot held against it.
// SPDX-License-Identifier: Apache-2.0
#include "catalog/expected_catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "catalog/dated_names.hpp"

namespace dbmigrate {
namespace {

bool is_column(ObjectKind kind) { return kind == ObjectKind::column || kind == ObjectKind::attribute; }

/// A comparison in the making.
class Comparing {
 public:
  Comparing(const ExpectedCatalog& expected, const Snapshot& live) : expected_(expected), live_(live) {
    for (const auto& [key, object] : expected_.objects) {
      const auto schema = schema_of(key);
      if (schema.empty()) continue;
      managed_.insert(schema);
      if (object.origin == Origin::adopted) adopted_.insert(schema);
      if (key.kind != ObjectKind::column) continue;
      const auto relation = owner_relation({key, {}});
      columns_[relation].insert(key.identity.substr(relation.size() + 1));
      if (object.origin == Origin::adopted) adopted_relations_.insert(relation);
    }
  }

  Comparison run() {
    for (const auto& [key, object] : expected_.objects) look_for(key, object);
    for (const auto& [key, properties] : live_.objects) {
      if (!expected_.objects.contains(key)) look_at_extra({key, properties});
    }
    for (const auto& order : expected_.orders) look_at(order);
    return std::move(result_);
  }

 private:
  void look_for(const ObjectKey& key, const ExpectedObject& object) {
    const auto* live = live_.find(key);
    if (live == nullptr) {
      Object missing{key, object.texts()};
      const bool may_miss = object.origin == Origin::adopted && !needed_for_adoption(missing);
      list(may_miss).push_back({Difference::Kind::missing, std::move(missing), {}});
      return;
    }
    auto compared = compare_object(key, object.properties, object.origin, *live, live_);
    for (const auto& property : compared.not_compared) {
      result_.not_compared.push_back(fmt::format("{}, {}", key.text(), property));
    }
    add_changes(false, key, *live, std::move(compared.changes));
    add_changes(true, key, *live, std::move(compared.tolerated));
  }

  void look_at_extra(Object object) {
    if (object.key.kind == ObjectKind::schema || !managed_.contains(schema_of(object.key))) return;
    const auto relation = owner_relation(object);
    const auto* owner = relation.empty() ? nullptr : expected_relation(relation);
    const bool tolerated = owner != nullptr ? owner->origin == Origin::adopted || comes_with_a_copy(object, relation)
                                            : adopted_.contains(schema_of(object.key));
    list(tolerated).push_back({Difference::Kind::unexpected, std::move(object), {}});
  }

  /// True for a column that somebody added to an adopted table, in a table that was made like that one.
  [[nodiscard]] bool comes_with_a_copy(const Object& object, const std::string& relation) const {
    if (object.key.kind != ObjectKind::column || !columns_.contains(relation)) return false;
    const auto name = object.key.identity.substr(relation.size() + 1);
    const auto& there = columns_.at(relation);
    return std::any_of(adopted_relations_.begin(), adopted_relations_.end(), [&](const std::string& adopted) {
      const auto* column = live_.find({ObjectKind::column, adopted + "." + name});
      const auto& needed = columns_.at(adopted);
      return column != nullptr && Object{object.key, *column}.property("type") == object.property("type") &&
             std::includes(there.begin(), there.end(), needed.begin(), needed.end());
    });
  }

  void look_at(const ColumnOrder& order) {
    std::vector<std::pair<int, std::string>> there;
    std::string before;
    for (const auto& column : order.columns) {
      const auto* properties = live_.find(column);
      const auto position = properties == nullptr ? Properties::const_iterator{} : properties->find("position");
      if (properties == nullptr || position == properties->end()) continue;
      const auto name = column.identity.substr(order.relation.size() + 1);
      there.emplace_back(std::atoi(position->second.c_str()), name);
      before += (before.empty() ? "" : ", ") + name;
    }
    if (std::is_sorted(there.begin(), there.end())) return;
    std::sort(there.begin(), there.end());
    std::string after;
    for (const auto& [position, name] : there) after += (after.empty() ? "" : ", ") + name;
    list(order.origin == Origin::adopted)
        .push_back(
            {Difference::Kind::changed, {{ObjectKind::table, order.relation}, {}}, {{"column order", before, after}}});
  }

  void add_changes(bool tolerated, const ObjectKey& key, const Properties& live, std::vector<PropertyChange> changes) {
    if (changes.empty()) return;
    list(tolerated).push_back({Difference::Kind::changed, {key, live}, std::move(changes)});
  }

  [[nodiscard]] const ExpectedObject* expected_relation(const std::string& identity) const {
    for (const auto kind : {ObjectKind::table, ObjectKind::foreign_table, ObjectKind::view,
                            ObjectKind::materialized_view, ObjectKind::composite_type, ObjectKind::type}) {
      const auto found = expected_.objects.find({kind, identity});
      if (found != expected_.objects.end()) return &found->second;
    }
    return nullptr;
  }

  std::vector<Difference>& list(bool tolerated) { return tolerated ? result_.tolerated : result_.differences; }

  const ExpectedCatalog& expected_;
  const Snapshot& live_;
  std::set<std::string> managed_;                         ///< schemas
  std::set<std::string> adopted_;                         ///< schemas with something adopted in them
  std::map<std::string, std::set<std::string>> columns_;  ///< expected ones, by relation
  std::set<std::string> adopted_relations_;               ///< those with a column that was adopted
  Comparison result_;
};

/// Tables of the file that are adopted ones under another name: they have what somebody added to them before.
std::set<std::string> adopted_and_set_aside(const std::map<ObjectKey, ExpectedObject>& objects,
                                            const CatalogFile& file) {
  std::set<std::string> found;
  for (const auto& added : file.adds) {
    if (added.key.kind != ObjectKind::table) continue;
    const auto before = objects.find({ObjectKind::table, name_before(added.key.identity)});
    if (before != objects.end() && before->second.origin == Origin::adopted) found.insert(added.key.identity);
  }
  return found;
}

}  // namespace

Properties ExpectedObject::texts() const {
  Properties texts_only;
  for (const auto& [name, value] : properties) texts_only.emplace(name, value.text);
  return texts_only;
}

void ExpectedCatalog::add(const CatalogFile& file, Origin origin) {
  const auto set_aside = adopted_and_set_aside(objects, file);
  for (const auto& key : file.drops) {
    objects.erase(key);
    for (auto& order : orders) std::erase(order.columns, key);
  }
  for (const auto& change : file.changes) {
    // What is not expected was changed by somebody before us: an extension that another branch brought, for one.
    auto& object = objects[change.key];
    for (const auto& one : change.changes) {
      if (one.after) {
        object.properties[one.property] = {*one.after, file.server_major};
      } else {
        object.properties.erase(one.property);
      }
    }
  }
  for (const auto& added : file.adds) {
    const auto relation = owner_relation(added);
    const auto from = set_aside.contains(relation.empty() ? added.key.identity : relation) ? Origin::adopted : origin;
    ExpectedObject object{.properties = {}, .origin = from, .by = file.id};
    for (const auto& [name, value] : added.properties) object.properties[name] = {value, file.server_major};
    objects.insert_or_assign(added.key, std::move(object));
    if (!is_column(added.key.kind)) continue;
    if (orders.empty() || orders.back().relation != relation || orders.back().columns.empty() ||
        objects[orders.back().columns.back()].by != file.id) {
      orders.push_back({relation, {}, from});
    }
    orders.back().columns.push_back(added.key);
  }
}

bool matters_for_adoption(const ObjectKey& key, const std::string& property) {
  switch (key.kind) {
    case ObjectKind::column:
    case ObjectKind::attribute:
      return property == "type";
    case ObjectKind::type:
      return property == "form" || property == "type" || property == "labels";
    case ObjectKind::constraint:
      return property == "form" || property == "definition";
    case ObjectKind::index:
      return property == "definition" || property == "table" || property == "state";
    case ObjectKind::function:
    case ObjectKind::procedure:
      return property == "returns";
    default:
      return false;
  }
}

bool needed_for_adoption(const Object& object) {
  switch (object.key.kind) {
    case ObjectKind::extension:
      return false;
    case ObjectKind::constraint:
      return object.property("form") != "check";
    case ObjectKind::sequence:
      return object.property("owned by").empty();
    default:
      return true;
  }
}

namespace {

/// What stands behind the first `characters` of `text` that are in `set`.
std::string_view behind(std::string_view text, std::string_view set) {
  return text.substr(std::min(text.find_first_not_of(set), text.size()));
}

constexpr std::string_view kDigits = "0123456789.-";
constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.\"$";
constexpr std::string_view kType = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.\"$ (),[]:";

/// A literal with its type, a word, or a call without arguments; and the next number of a sequence. Every version from
/// 13 on prints these alike. A call with arguments may be an operator in one version: timezone() is AT TIME ZONE in 14.
bool prints_alike(std::string_view text) {
  if (text.starts_with("nextval('")) return text.ends_with("'::regclass)");
  std::string_view rest = text;
  if (text.starts_with('\'')) {
    auto end = text.find('\'', 1);
    while (end != std::string_view::npos && end + 1 < text.size() && text[end + 1] == '\'')
      end = text.find('\'', end + 2);
    if (end == std::string_view::npos) return false;
    rest = text.substr(end + 1);
  } else if (text.starts_with('(')) {
    rest = behind(text.substr(1), kDigits);
    if (!rest.starts_with(')')) return false;
    rest.remove_prefix(1);
  } else {
    rest = behind(text, text.starts_with('-') ? kDigits : kWord);
    if (rest.size() == text.size()) return false;
    if (rest.starts_with("()")) rest.remove_prefix(2);
  }
  return rest.empty() || (rest.starts_with("::") && behind(rest, kType).empty());
}

/// Texts of two server versions that say different things for certain. Elsewhere another version may print the same
/// expression in other words.
bool differ_on_any_version(const PropertyChange& change) {
  return change.property == "default" && (prints_alike(*change.before) || prints_alike(*change.after));
}

/// What somebody noted on an object that no migration has a comment for.
bool is_own_note(const PropertyChange& change) { return change.property == "comment" && !change.before; }

}  // namespace

ObjectComparison compare_object(const ObjectKey& key, const std::map<std::string, ExpectedText>& expected,
                                Origin origin, const Properties& live, const Snapshot& from) {
  Properties wanted;
  for (const auto& [name, value] : expected) wanted.emplace(name, value.text);
  auto found = portable(key, live, "");
  for (const auto* const name : {"owner", "privileges"}) {
    if (!wanted.contains(name)) found.erase(name);
  }
  ObjectComparison result;
  for (auto& change : compare(wanted, found)) {
    if (change.before && change.after && same_but_for_schemas(*change.before, *change.after, from.extension_names)) {
      continue;
    }
    const bool other_printer = change.before && change.after && is_printed_text(change.property) &&
                               expected.at(change.property).server_major != from.server_major;
    if (other_printer && !differ_on_any_version(change)) {
      result.not_compared.push_back(change.property);
    } else if ((origin == Origin::adopted && !matters_for_adoption(key, change.property)) || is_own_note(change)) {
      result.tolerated.push_back(std::move(change));
    } else {
      result.changes.push_back(std::move(change));
    }
  }
  return result;
}

Comparison compare(const ExpectedCatalog& expected, const Snapshot& live) { return Comparing(expected, live).run(); }

}  // namespace dbmigrate
