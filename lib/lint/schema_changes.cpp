// What each action does to the schema.
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <variant>

#include "lint/known_schema.hpp"

namespace dbmigrate {
namespace {

KnownColumn known_column(const sql::ColumnDefinition& column) {
  return {column.name, column.type, column.collation, column.not_null,
          column.default_value.has_value() || column.identity || column.generated || column.is_serial()};
}

}  // namespace

/// One overload for each action that changes something; the last for the others.
class SchemaChange {
 public:
  explicit SchemaChange(KnownSchema& schema) : schema_(schema) {}

  void operator()(const sql::CreateTable& action) {
    const auto name = name_of(action.table, action.persistence);
    if (action.if_not_exists && schema_.relations_.contains(name)) return;
    auto& made = make(name, action.foreign ? ObjectClass::foreign_table : ObjectClass::table, action.persistence);
    made.partitioned = action.partitioned;
    made.columns_known = true;
    for (const auto& source : action.like) copy_columns(source, made);
    for (const auto& parent : action.inherits) attach(parent, made);
    for (const auto& column : action.columns) made.columns.push_back(known_column(column));
    if (action.partition_of) {
      attach(*action.partition_of, made);
      made.parent = schema_.resolved(*action.partition_of);
      made.default_partition = action.default_partition;
    }
    for (const auto& column : action.columns) {
      for (const auto& constraint : column.constraints) schema_.add_constraint(made, constraint, true);
    }
    for (const auto& constraint : action.constraints) schema_.add_constraint(made, constraint, true);
  }

  void operator()(const sql::CreateTableAs& action) {
    const auto name = name_of(action.table, action.persistence);
    if (action.if_not_exists && schema_.relations_.contains(name)) return;
    auto& made =
        make(name, action.materialized_view ? ObjectClass::materialized_view : ObjectClass::table, action.persistence);
    if (!action.materialized_view) return;
    made.reads = resolved(action.query.reads);
    made.read_columns = action.query.columns;
  }

  void operator()(const sql::CreateView& action) {
    const auto* const before = schema_.relation(action.view);
    const auto age = before != nullptr && action.replace ? before->age : schema_.age_of_new_;
    auto& made = make(schema_.resolved(action.view), ObjectClass::view, sql::Persistence::permanent);
    made.age = age;
    made.reads = resolved(action.query.reads);
    made.read_columns = action.query.columns;
  }

  void operator()(const sql::CreateIndex& action) {
    if (action.if_not_exists && schema_.index(action.index).second != nullptr) return;
    const auto* const table = schema_.relation(action.table);
    const bool partitioned = table != nullptr && table->partitioned;
    schema_.add_index(action, !(partitioned && action.only));
    if (!partitioned || action.only) return;
    for (const auto* const partition : schema_.descendants_of(action.table)) {
      auto of_partition = action;
      of_partition.table = partition->name;
      of_partition.index = {};
      schema_.add_index(of_partition, true);
    }
  }

  void operator()(const sql::AddColumn& action) {
    each_table(action.altered, [&](KnownRelation& table) {
      if (table.column(action.column.name) != nullptr) return;
      table.columns.push_back(known_column(action.column));
      for (const auto& constraint : action.column.constraints) schema_.add_constraint(table, constraint, true);
    });
  }

  void operator()(const sql::DropColumn& action) {
    each_table(action.altered, [&](KnownRelation& table) {
      std::erase_if(table.columns, [&](const KnownColumn& one) { return one.name == action.column; });
      std::erase_if(table.constraints, [&](const KnownConstraint& one) {
        return std::find(one.is.columns.begin(), one.is.columns.end(), action.column) != one.is.columns.end();
      });
      for (const auto& index : table.indexes) {
        if (index.uses(action.column)) schema_.index_tables_.erase(index.name);
      }
      std::erase_if(table.indexes, [&](const KnownIndex& one) { return one.uses(action.column); });
    });
  }

  void operator()(const sql::ChangeColumnType& action) {
    each_column(action.altered, action.column, [&](KnownColumn& column) {
      column.type = action.type;
      column.collation = action.collation;
    });
  }
  void operator()(const sql::SetNotNull& action) {
    each_column(action.altered, action.column, [](KnownColumn& column) { column.not_null = true; });
  }
  void operator()(const sql::DropNotNull& action) {
    each_column(action.altered, action.column, [](KnownColumn& column) { column.not_null = false; });
  }
  void operator()(const sql::SetDefault& action) {
    each_column(action.altered, action.column,
                [&](KnownColumn& column) { column.has_default = action.value.has_value(); });
  }

  void operator()(const sql::AddConstraint& action) {
    const auto top = schema_.resolved(action.altered.relation);
    each_table(action.altered, [&](KnownRelation& table) {
      auto constraint = action.constraint;
      // Each partition chooses a name of its own for its part of an index.
      if (table.name != top && constraint.form != sql::ConstraintForm::check) constraint.name.clear();
      schema_.add_constraint(table, constraint, !constraint.not_valid);
    });
  }
  void operator()(const sql::ValidateConstraint& action) {
    each_table(action.altered, [&](KnownRelation& table) {
      for (auto& one : table.constraints) one.valid |= one.is.name == action.name;
    });
  }
  void operator()(const sql::DropConstraint& action) {
    each_table(action.altered, [&](KnownRelation& table) {
      std::erase_if(table.constraints, [&](const KnownConstraint& one) { return one.is.name == action.name; });
      for (const auto& index : table.indexes) {
        if (index.constraint == action.name) schema_.index_tables_.erase(index.name);
      }
      std::erase_if(table.indexes, [&](const KnownIndex& one) { return one.constraint == action.name; });
    });
  }

  void operator()(const sql::AttachPartition& action) {
    if (action.altered.what == ObjectClass::index) return;
    auto* const partition = schema_.relation(action.partition);
    auto* const parent = schema_.relation(action.altered.relation);
    if (partition != nullptr) {
      partition->parent = schema_.resolved(action.altered.relation);
      partition->default_partition = action.is_default;
    }
    if (parent != nullptr) parent->children.push_back(schema_.resolved(action.partition));
  }

  void operator()(const sql::DetachPartition& action) {
    if (auto* const parent = schema_.relation(action.altered.relation)) {
      std::erase(parent->children, schema_.resolved(action.partition));
    }
    if (auto* const partition = schema_.relation(action.partition)) {
      partition->parent.reset();
      partition->default_partition = false;
    }
  }

  void operator()(const sql::AlterOption& action) {
    using Kind = sql::AlterOption::Kind;
    each_table(action.altered, [&](KnownRelation& table) {
      if (action.kind == Kind::logged) table.persistence = sql::Persistence::permanent;
      if (action.kind == Kind::unlogged) table.persistence = sql::Persistence::unlogged;
    });
    auto* const parent = schema_.relation(action.other);
    if (parent == nullptr || action.other.name.empty()) return;
    const auto child = schema_.resolved(action.altered.relation);
    if (action.kind == Kind::add_parent) parent->children.push_back(child);
    if (action.kind == Kind::drop_parent) std::erase(parent->children, child);
  }

  void operator()(const sql::Drop& action) {
    for (std::size_t i = 0; i < action.objects.size(); ++i) {
      drop(action.what, action.objects[i], i < action.parts.size() ? action.parts[i] : std::string());
    }
  }

  void operator()(const sql::Rename& action) {
    if (action.what == ObjectClass::column) return rename_column(action);
    if (action.what == ObjectClass::constraint) {
      if (auto* const table = schema_.relation(action.object)) {
        for (auto& one : table->constraints) {
          if (one.is.name == action.part) one.is.name = action.to;
        }
      }
      return;
    }
    if (action.what == ObjectClass::type || action.what == ObjectClass::domain) {
      move_in(schema_.types_, schema_.resolved(action.object), {schema_.resolved(action.object).schema, action.to});
      return;
    }
    const auto from = schema_.resolved(action.object);
    if (schema_.index_tables_.contains(from)) return rename_index(from, action.to);
    move(from, {from.schema, action.to});
  }

  void operator()(const sql::MoveToSchema& action) {
    const auto from = schema_.resolved(action.object);
    if (action.what == ObjectClass::type || action.what == ObjectClass::domain) {
      move_in(schema_.types_, from, {action.schema, from.name});
    } else {
      move(from, {action.schema, from.name});
    }
  }

  void operator()(const sql::CreateTrigger& action) {
    if (auto* const table = schema_.relation(action.table)) table->triggers.emplace_back(action.name, action.function);
  }
  void operator()(const sql::CreateDomain& action) {
    schema_.add_type(action.name, {.base = action.base, .constrained = action.constrained});
  }
  void operator()(const sql::AlterDomain& action) {
    using Kind = sql::AlterDomain::Kind;
    const auto found = schema_.types_.find(schema_.resolved(action.domain));
    if (found == schema_.types_.end()) return;
    found->second.constrained |= action.kind == Kind::add_constraint || action.kind == Kind::set_not_null;
  }
  void operator()(const sql::CreateEnum& action) { schema_.add_type(action.name, {.base = {}, .is_enum = true}); }
  void operator()(const sql::CreateComposite& action) { schema_.add_type(action.name, {}); }
  void operator()(const sql::CreateSequence& action) {
    make(schema_.resolved(action.sequence), ObjectClass::sequence, sql::Persistence::permanent);
  }
  void operator()(const sql::CreateFunction& action) {
    schema_.add_function(action.name, {.volatility = action.volatility, .body = action.body});
  }
  void operator()(const sql::DoBlock& action) {
    if (!action.body) return;
    for (const auto& statement : action.body->statements) {
      for (const auto& inner : statement.actions) schema_.apply(inner);
    }
  }

  template <class Other>
  void operator()(const Other&) {}

 private:
  ObjectName name_of(const ObjectName& name, sql::Persistence persistence) const {
    if (persistence == sql::Persistence::temporary) return {"pg_temp", name.name};
    return name.schema.empty() ? ObjectName{schema_.search_path_.front(), name.name} : name;
  }

  KnownRelation& make(const ObjectName& name, ObjectClass what, sql::Persistence persistence) {
    schema_.remove(name);
    auto& made = schema_.add_relation(name, what);
    made.persistence = persistence;
    if (persistence == sql::Persistence::temporary) made.age = Age::temporary;
    return made;
  }

  std::vector<ObjectName> resolved(const std::vector<ObjectName>& names) const {
    std::vector<ObjectName> all;
    for (const auto& name : names) all.push_back(schema_.resolved(name));
    return all;
  }

  void copy_columns(const ObjectName& source, KnownRelation& into) {
    const auto* const known = schema_.relation(source);
    if (known == nullptr) {
      into.columns_known = false;
      return;
    }
    into.columns.insert(into.columns.end(), known->columns.begin(), known->columns.end());
  }

  void attach(const ObjectName& parent, KnownRelation& child) {
    copy_columns(parent, child);
    if (auto* const known = schema_.relation(parent)) known->children.push_back(child.name);
  }

  /// The table and, unless ONLY, what inherits from it.
  template <class Change>
  void each_table(const sql::Altered& altered, Change change) {
    auto* const table = schema_.relation(altered.relation);
    if (table == nullptr) return;
    change(*table);
    if (altered.only) return;
    for (const auto* const child : schema_.descendants_of(altered.relation)) change(*schema_.relation(child->name));
  }

  template <class Change>
  void each_column(const sql::Altered& altered, const std::string& name, Change change) {
    each_table(altered, [&](KnownRelation& table) {
      for (auto& column : table.columns) {
        if (column.name == name) change(column);
      }
    });
  }

  void drop(ObjectClass what, const ObjectName& name, const std::string& part) {
    const auto resolved = schema_.resolved(name);
    if (what == ObjectClass::index) {
      const auto table = schema_.index_tables_.find(resolved);
      if (table == schema_.index_tables_.end()) return;
      if (auto* const known = schema_.relation(table->second)) {
        std::erase_if(known->indexes, [&](const KnownIndex& one) { return one.name == resolved; });
      }
      schema_.index_tables_.erase(resolved);
    } else if (what == ObjectClass::trigger) {
      if (auto* const table = schema_.relation(name)) {
        std::erase_if(table->triggers, [&](const auto& one) { return one.first == part; });
      }
    } else if (what == ObjectClass::schema) {
      std::vector<ObjectName> gone;
      for (const auto& [key, relation] : schema_.relations_) {
        if (key.schema == name.name) gone.push_back(key);
      }
      for (const auto& key : gone) schema_.remove(key);
    } else if (what == ObjectClass::type || what == ObjectClass::domain) {
      schema_.types_.erase(resolved);
    } else if (what == ObjectClass::function) {
      schema_.functions_.erase(resolved);
    } else if (what != ObjectClass::rule && what != ObjectClass::policy) {
      schema_.remove(resolved);
    }
  }

  void rename_column(const sql::Rename& action) {
    auto* const table = schema_.relation(action.object);
    if (table == nullptr) return;
    const auto rename_in = [&](std::vector<std::string>& names) {
      std::replace(names.begin(), names.end(), action.part, action.to);
    };
    for (auto& column : table->columns) {
      if (column.name == action.part) column.name = action.to;
    }
    for (auto& index : table->indexes) {
      rename_in(index.columns);
      rename_in(index.in_expressions);
    }
    for (auto& constraint : table->constraints) {
      rename_in(constraint.is.columns);
      rename_in(constraint.is.check.not_null);
    }
  }

  void rename_index(const ObjectName& from, const std::string& to) {
    const auto table = schema_.index_tables_.at(from);
    schema_.index_tables_.erase(from);
    schema_.index_tables_[{from.schema, to}] = table;
    auto* const known = schema_.relation(table);
    if (known == nullptr) return;
    for (auto& index : known->indexes) {
      if (index.name == from) index.name.name = to;
    }
  }

  template <class Value>
  static void move_in(ByName<Value>& values, const ObjectName& from, const ObjectName& to) {
    auto node = values.extract(from);
    if (node.empty()) return;
    node.key() = to;
    values.insert(std::move(node));
  }

  /// The key moves, newness stays; others go on referring to it.
  void move(const ObjectName& from, const ObjectName& to) {
    auto node = schema_.relations_.extract(from);
    if (node.empty()) return;
    auto& relation = node.mapped();
    relation.name = to;
    for (auto& index : relation.indexes) {
      schema_.index_tables_.erase(index.name);
      index.name.schema = to.schema;
      schema_.index_tables_[index.name] = to;
    }
    node.key() = to;
    schema_.relations_.insert(std::move(node));
    for (auto& [name, other] : schema_.relations_) {
      for (auto& constraint : other.constraints) {
        if (constraint.is.references == from) constraint.is.references = to;
      }
      std::replace(other.children.begin(), other.children.end(), from, to);
      std::replace(other.reads.begin(), other.reads.end(), from, to);
      if (other.parent == from) other.parent = to;
    }
  }

  KnownSchema& schema_;
};

void KnownSchema::apply(const sql::Action& action) { std::visit(SchemaChange(*this), action); }

}  // namespace dbmigrate
