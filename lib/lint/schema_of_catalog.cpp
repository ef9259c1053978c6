// Definitions are read by the parser, as the statements that they would be.
// SPDX-License-Identifier: Apache-2.0
#include "lint/schema_of_catalog.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sql/analysis.hpp"
#include "sql/quote.hpp"

namespace dbmigrate {
namespace {

/// `public."My Table".id` as its parts; a function's arguments are left out.
std::vector<std::string> parts_of(std::string_view identity) {
  std::vector<std::string> parts{""};
  bool quoted = false;
  for (std::size_t i = 0; i < identity.size(); ++i) {
    const char c = identity[i];
    if (quoted && c == '"' && i + 1 < identity.size() && identity[i + 1] == '"') {
      parts.back() += identity[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else if (c == '(' && !quoted) {
      break;
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

ObjectName name_in(std::string_view identity) {
  auto parts = parts_of(identity);
  if (parts.size() == 1) return {"public", parts[0]};
  return {parts[0], parts[1]};
}

/// `public.a, public."b, c"`
std::vector<ObjectName> names_in(const std::string& text) {
  std::vector<ObjectName> names;
  std::string one;
  bool quoted = false;
  for (const char c : text + ",") {
    if (c == '"') quoted = !quoted;
    if (c != ',' || quoted) {
      one += c;
      continue;
    }
    const auto first = one.find_first_not_of(' ');
    if (first != std::string::npos) names.push_back(name_in(one.substr(first)));
    one.clear();
  }
  return names;
}

std::string property(const Properties& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? std::string() : found->second;
}

/// The first action of that kind in a statement put together here.
template <class Wanted>
std::optional<Wanted> parsed(const std::string& statement) {
  const auto analysis = sql::analysis_of(statement);
  for (const auto& action : analysis.actions) {
    if (const auto* found = std::get_if<Wanted>(&action)) return *found;
  }
  return std::nullopt;
}

class CatalogReader {
 public:
  explicit CatalogReader(KnownSchema& schema) : schema_(schema) {}

  void add(const ObjectKey& key, const Properties& properties) {
    switch (key.kind) {
      case ObjectKind::table:
      case ObjectKind::foreign_table:
        return add_table(key, properties);
      case ObjectKind::view:
      case ObjectKind::materialized_view:
        return add_view(key, properties);
      case ObjectKind::sequence:
        schema_.add_relation(name_in(key.identity), ObjectClass::sequence);
        return;
      case ObjectKind::column:
        return add_column(key, properties);
      case ObjectKind::constraint:
        return add_constraint(key, properties);
      case ObjectKind::index:
        return add_index(properties);
      case ObjectKind::trigger:
        return add_trigger(properties);
      case ObjectKind::type:
        return add_type(key, properties);
      case ObjectKind::composite_type:
        schema_.add_type(name_in(key.identity), {});
        return;
      case ObjectKind::function:
      case ObjectKind::procedure:
        return add_function(key, properties);
      default:
        return;
    }
  }

  void remove(const ObjectKey& key) {
    const auto parts = parts_of(key.identity);
    const auto name = name_in(key.identity);
    switch (key.kind) {
      case ObjectKind::table:
      case ObjectKind::foreign_table:
      case ObjectKind::view:
      case ObjectKind::materialized_view:
      case ObjectKind::sequence:
        return schema_.remove(name);
      case ObjectKind::column:
        if (parts.size() > 2) schema_.apply(sql::DropColumn{{name}, parts[2], false});
        return;
      case ObjectKind::constraint:
        if (parts.size() > 2) schema_.apply(sql::DropConstraint{{name}, parts[2], false});
        return;
      case ObjectKind::index:
        return drop(ObjectClass::index, name, "");
      case ObjectKind::trigger:
        if (parts.size() > 2) drop(ObjectClass::trigger, name, parts[2]);
        return;
      case ObjectKind::type:
      case ObjectKind::composite_type:
        return drop(ObjectClass::type, name, "");
      default:
        return;
    }
  }

  void change(const ObjectChange& object) {
    Properties after;
    const auto name = name_in(object.key.identity);
    const auto parts = parts_of(object.key.identity);
    if (object.key.kind == ObjectKind::column && parts.size() > 2) return change_column(name, parts[2], object.changes);
    for (const auto& one : object.changes) {
      if (one.after) after[one.property] = *one.after;
    }
    if (object.key.kind == ObjectKind::constraint && parts.size() > 2) {
      // VALIDATE takes the state away.
      const bool validated = std::any_of(object.changes.begin(), object.changes.end(), [](const PropertyChange& one) {
        return one.property == "state" && !one.after;
      });
      if (validated) schema_.apply(sql::ValidateConstraint{{name}, parts[2]});
    }
    const bool has_definition = after.contains("definition") || after.contains("expression");
    if (object.key.kind == ObjectKind::index && has_definition) add_index(after);
  }

 private:
  void add_table(const ObjectKey& key, const Properties& properties) {
    const auto name = name_in(key.identity);
    auto& table = schema_.add_relation(
        name, key.kind == ObjectKind::foreign_table ? ObjectClass::foreign_table : ObjectClass::table);
    table.columns_known = true;
    table.partitioned = properties.contains("partition by");
    if (property(properties, "persistence") == "unlogged") table.persistence = sql::Persistence::unlogged;
    table.default_partition = property(properties, "bound") == "DEFAULT";
    for (const auto& parent : names_in(property(properties, "partition of"))) {
      table.parent = parent;
      adopt(parent, name);
    }
    for (const auto& parent : names_in(property(properties, "inherits"))) adopt(parent, name);
  }

  void adopt(const ObjectName& parent, const ObjectName& child) {
    auto* const known = schema_.relation(parent);
    if (known == nullptr) {
      // Its own entry comes later.
      schema_.add_relation(parent, ObjectClass::table).children.push_back(child);
    } else if (std::find(known->children.begin(), known->children.end(), child) == known->children.end()) {
      known->children.push_back(child);
    }
  }

  void add_view(const ObjectKey& key, const Properties& properties) {
    auto& view = schema_.add_relation(
        name_in(key.identity), key.kind == ObjectKind::view ? ObjectClass::view : ObjectClass::materialized_view);
    view.reads = names_in(property(properties, "reads"));
  }

  void add_column(const ObjectKey& key, const Properties& properties) {
    const auto parts = parts_of(key.identity);
    auto* const table = schema_.relation(name_in(key.identity));
    if (table == nullptr || parts.size() < 3) return;
    KnownColumn column{
        parts[2], sql::type_use(property(properties, "type")), parts_of(property(properties, "collation")).back(),
        properties.contains("nullability"),
        properties.contains("default") || properties.contains("identity") || properties.contains("generated")};
    std::erase_if(table->columns, [&](const KnownColumn& one) { return one.name == column.name; });
    table->columns.push_back(std::move(column));
  }

  void change_column(const ObjectName& name, const std::string& column, const std::vector<PropertyChange>& changes) {
    auto* const table = schema_.relation(name);
    if (table == nullptr) return;
    for (auto& one : table->columns) {
      if (one.name != column) continue;
      for (const auto& change : changes) {
        if (change.property == "type" && change.after) one.type = sql::type_use(*change.after);
        if (change.property == "nullability") one.not_null = change.after.has_value();
        if (change.property == "default") one.has_default = change.after.has_value();
        if (change.property == "collation") one.collation = parts_of(change.after.value_or("")).back();
      }
    }
  }

  void add_constraint(const ObjectKey& key, const Properties& properties) {
    const auto parts = parts_of(key.identity);
    const auto name = name_in(key.identity);
    if (parts.size() < 3) return;
    auto* const table = schema_.relation(name);
    if (table == nullptr) return add_domain_constraint(name);
    auto text = property(properties, "definition");
    if (text.empty()) text = property(properties, "expression");
    const auto made =
        parsed<sql::AddConstraint>("ALTER TABLE x ADD CONSTRAINT " + sql::quote_identifier(parts[2]) + " " + text);
    if (made) schema_.add_constraint(*table, made->constraint, property(properties, "state") != "not validated");
  }

  void add_domain_constraint(const ObjectName& name) {
    const auto* const known = schema_.type(name);
    if (known == nullptr) return;
    auto constrained = *known;
    constrained.constrained = true;
    schema_.add_type(name, std::move(constrained));
  }

  void add_index(const Properties& properties) {
    auto text = property(properties, "definition");
    if (text.empty()) text = property(properties, "expression");
    auto made = parsed<sql::CreateIndex>(text);
    if (made) schema_.add_index(*made, !properties.contains("state"));
  }

  void add_trigger(const Properties& properties) {
    auto text = property(properties, "definition");
    if (text.empty()) text = property(properties, "expression");
    if (const auto made = parsed<sql::CreateTrigger>(text)) schema_.apply(*made);
  }

  void add_type(const ObjectKey& key, const Properties& properties) {
    KnownType type;
    const auto form = property(properties, "form");
    type.is_enum = form == "enum";
    if (form == "domain") type.base = sql::type_use(property(properties, "type"));
    type.constrained = form == "domain" && properties.contains("nullability");
    schema_.add_type(name_in(key.identity), std::move(type));
  }

  void add_function(const ObjectKey& key, const Properties& properties) {
    const auto word = property(properties, "volatility");
    KnownFunction function;
    if (word == "immutable") function.volatility = sql::Volatility::immutable;
    if (word == "stable") function.volatility = sql::Volatility::stable;
    schema_.add_function(name_in(key.identity), std::move(function));
  }

  void drop(ObjectClass what, const ObjectName& name, const std::string& part) {
    sql::Drop action;
    action.what = what;
    action.objects = {name};
    action.parts = {part};
    schema_.apply(action);
  }

  KnownSchema& schema_;
};

}  // namespace

KnownSchema schema_of(const Snapshot& snapshot) {
  KnownSchema schema;
  schema.set_age_of_new(Age::old);
  CatalogReader reader(schema);
  // By kind: types come before tables, those before columns, and these before constraints and indexes.
  for (const auto& [key, properties] : snapshot.objects) reader.add(key, properties);
  return schema;
}

void apply(const CatalogFile& file, KnownSchema& schema) {
  schema.set_age_of_new(Age::old);
  CatalogReader reader(schema);
  for (const auto& key : file.drops) reader.remove(key);
  for (const auto& object : file.adds) reader.add(object.key, object.properties);
  for (const auto& object : file.changes) reader.change(object);
}

}  // namespace dbmigrate
